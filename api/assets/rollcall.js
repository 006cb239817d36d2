// What pages do beyond links and forms. Everything works without it.
"use strict";

// Copy buttons: data-copy names the element whose text is copied.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy) ?? button.previousElementSibling;
  await navigator.clipboard.writeText(source.textContent.trim());
  button.classList.add("copied");
  button.setAttribute("aria-label", "Copied");
});

// A checkbox with data-all checks those with the same data-group; [data-chosen] shows how many are.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-choose]");
  if (!form) return;
  const all = event.target.dataset.all;
  if (all !== undefined) {
    for (const box of form.querySelectorAll("[data-group]")) {
      if (all === "" || box.dataset.group === all) box.checked = event.target.checked;
    }
  }
  const count = form.querySelectorAll("[data-group]:checked").length;
  for (const place of form.querySelectorAll("[data-chosen]")) place.textContent = count;
});

// data-live is the address of a stream of server-sent events whose data are JSON with `done`, `total`
// and `text`. The page loads again when the stream says `end`.
for (const place of document.querySelectorAll("[data-live]")) {
  const source = new EventSource(place.dataset.live);
  const bar = place.querySelector("progress");
  const text = place.querySelector("[data-live-text]");
  source.onmessage = (event) => {
    const now = JSON.parse(event.data);
    if (bar && now.total) {
      bar.max = now.total;
      bar.value = now.done;
    }
    if (text && now.text) text.textContent = now.text;
  };
  // A run tells its whole state: what differs from what the page shows is looked at anew.
  source.addEventListener("progress", (event) => {
    const { status, progress } = JSON.parse(event.data);
    if (!progress || status !== place.dataset.status) {
      source.close();
      location.reload();
      return;
    }
    const writes = progress.phase === "applying";
    const done = writes ? progress.applied : progress.read;
    const total = writes ? progress.planned : progress.of;
    if (bar && total) {
      bar.max = total;
      bar.value = done ?? 0;
    }
    if (text && done !== null) {
      const of = total === null ? "" : ` of ${total}`;
      const phase = progress.phase[0].toUpperCase() + progress.phase.slice(1);
      text.textContent = `${phase}: ${done}${of} ${writes ? "changes written" : "people read"}`;
    }
  });
  source.addEventListener("end", () => {
    source.close();
    location.reload();
  });
}

// data-inbox is the address of a stream that tells how many notifications are unread: the button in the
// banner is there as long as there are any. A page that nobody looks at does not listen.
for (const place of document.querySelectorAll("[data-inbox]")) {
  const show = (unread) => {
    if (unread === 0) {
      place.replaceChildren();
      return;
    }
    let button = place.querySelector("a");
    if (!button) {
      button = document.getElementById("inbox-button").content.firstElementChild.cloneNode(true);
      place.append(button);
    }
    button.querySelector("b").textContent = unread > 99 ? "99+" : unread;
    button.setAttribute("aria-label", `Notifications, ${unread} unread`);
  };
  let source = null;
  const listen = () => {
    if (document.hidden) {
      source?.close();
      source = null;
      return;
    }
    if (source) return;
    source = new EventSource(place.dataset.inbox);
    source.addEventListener("unread", (event) => show(JSON.parse(event.data).unread));
  };
  document.addEventListener("visibilitychange", listen);
  addEventListener("pagehide", () => {
    source?.close();
    source = null;
  });
  addEventListener("pageshow", listen);
}

// data-refresh="5": what is not final yet is looked at again after so many seconds, in place.
for (const place of document.querySelectorAll("[data-refresh]")) {
  setTimeout(() => location.reload(), 1000 * Number(place.dataset.refresh));
}

// The slash jumps to the search field, as in other lists.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
  const field = document.querySelector("[data-hotkey='/']");
  if (field) {
    event.preventDefault();
    field.focus();
  }
});

// A form that was refused answers with what was wrong; that is shown like any other answer.
document.addEventListener("htmx:beforeSwap", (event) => {
  if ([409, 422].includes(event.detail.xhr.status)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
