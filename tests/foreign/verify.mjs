// A receiver that was not written by us: verifies signed requests with Standard Webhooks' own library
// for JavaScript, and the other header with Node's.
//
//     node verify.mjs REQUESTS MODULES
//
// REQUESTS holds one request per line, as JSON; MODULES is where npm has put the library. Writes how
// many were verified and how many were refused after one byte of the body had been changed, with the
// first surprises, as one JSON object.

import { createHmac, timingSafeEqual } from "node:crypto";
import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

const [requests, modules] = process.argv.slice(2);
const { Webhook } = createRequire(resolve(modules, "any.js"))("standardwebhooks");

function standard(secret, body, headers) {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

// What the header's own documentation says: base64url of HMAC-SHA256 over the raw body.
function bindbee(key, body, headers) {
  const tag = createHmac("sha256", key).update(body).digest();
  const given = headers["x-bindbee-webhook-signature"];
  const sent = Buffer.from(given, "base64url");
  return given.length % 4 === 0 && sent.length === tag.length && timingSafeEqual(tag, sent);
}

const told = { verified: 0, refused: 0, surprises: [] };
let number = 0;
for await (const line of createInterface({ input: createReadStream(requests) })) {
  const { body, changed, headers, secrets, organisation_key: key } = JSON.parse(line);
  const known = secrets.every((secret) => standard(secret, body, headers));
  if (known && bindbee(key, body, headers)) told.verified += 1;
  else told.surprises.push(number);
  const passed = secrets.some((secret) => standard(secret, changed, headers));
  if (!passed && !bindbee(key, changed, headers)) told.refused += 1;
  else told.surprises.push(-number);
  number += 1;
}
told.surprises = told.surprises.slice(0, 10);
console.log(JSON.stringify(told));
