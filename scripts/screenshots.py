"""Signs in to a demo and keeps how some of its pages look; `scripts/screenshots` starts it.

    python3 screenshots.py DEMO FOLDER        DEMO is the line that `rollcall --json demo` prints
"""

import base64
import json
import socket
import subprocess
import sys
import time
import urllib.request

FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic",
    "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--hide-scrollbars",
]
# What is shown, by the name of its picture; the last one is dark.
PAGES = [
    ("connection", "/settings/integrations/hris", "light"),
    ("org-chart", "/people/chart", "light"),
    ("run", "the newest run", "dark"),
]
UNPROXIED = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Browser:
    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.at = f"http://127.0.0.1:{free.getsockname()[1]}"
        port = self.at.rsplit(":", 1)[1]
        self.driver = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL)
        options = {"browserName": "chrome", "goog:chromeOptions": {"args": FLAGS}}
        for _ in range(100):
            try:
                asked = {"capabilities": {"alwaysMatch": options}}
                self.at += "/session/" + self.ask("POST", "/session", asked)["sessionId"]
                return
            except ConnectionError:
                time.sleep(0.1)
        raise SystemExit("chromedriver does not answer")

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        head = {"content-type": "application/json"}
        request = urllib.request.Request(self.at + path, data, head, method=method)
        try:
            with UNPROXIED.open(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{path}: {error.read().decode()}") from error
        except urllib.error.URLError as error:
            raise ConnectionError(str(error)) from error

    def cdp(self, command, params):
        return self.ask("POST", "/goog/cdp/execute", {"cmd": command, "params": params})

    def script(self, text, *args):
        return self.ask("POST", "/execute/sync", {"script": text, "args": list(args)})

    def visit(self, url):
        self.ask("POST", "/url", {"url": url})

    def looks(self, scheme, width=1280, height=800):
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.cdp("Emulation.setDeviceMetricsOverride", size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.cdp("Emulation.setEmulatedMedia", {"features": features})

    def sign_in(self, home, email, password):
        self.visit(f"{home}/sign-in")
        fill = "for (const [id, text] of Object.entries(arguments[0])) document.getElementById(id).value = text;"
        self.script(fill + "document.querySelector('form').requestSubmit()", {"email": email, "password": password})
        while self.script("return location.pathname") == "/sign-in":
            time.sleep(0.1)

    def close(self):
        self.ask("DELETE", "")
        self.driver.terminate()


def main(demo, folder):
    demo = json.loads(demo)
    home = demo["base_url"]
    browser = Browser()
    try:
        browser.looks("light")
        browser.sign_in(home, demo["email"], demo["password"])
        for name, path, scheme in PAGES:
            if not path.startswith("/"):
                browser.visit(f"{home}/settings/integrations/logs")
                link = "a[href^='/settings/integrations/logs/']"
                path = browser.script(f"return document.querySelector(\"{link}\").getAttribute('href')")
            browser.looks(scheme)
            browser.visit(home + path)
            with open(f"{folder}/{name}.png", "wb") as picture:
                picture.write(base64.b64decode(browser.ask("GET", "/screenshot")))
    finally:
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
