// applications.mjs ROOM TLS: web applications that take mail, as far as a client can tell:
// Redmine's mail handler, osTicket's API, Request Tracker's mail gateway, and any other.
//
// They keep the contract strictly: which fields, which key, which status.  ROOM/received/
// gets a file per message that was taken; ROOM/answer holds a status to answer instead;
// ROOM/wrong is told of what no client may send; ROOM/requests has a line per request.
// ROOM/ports appears when they listen: {"https", "http"}, both on loopback.

import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';

const [room, tls] = process.argv.slice(2);
const KEY = 'K3y/with+signs==';
let taken = 0;

function answerInstead() {
  try {
    return Number(fs.readFileSync(`${room}/answer`, 'utf8'));
  } catch {
    return 0;
  }
}

function wrong(words) {
  fs.appendFileSync(`${room}/wrong`, `${words}\n`);
  return [500, `wrong: ${words}`];
}

function keep(bytes) {
  taken += 1;
  fs.writeFileSync(`${room}/received/http.${taken}`, bytes);
}

// RFC 7578 and RFC 2046 5.1.1: the parts of a form, byte for byte.
function partsOf(type, body) {
  const boundary = /^multipart\/form-data; *boundary="?([^";]+)"?$/.exec(type)?.[1];
  if (!boundary) return null;
  const text = body.toString('latin1');
  const pieces = `\r\n${text}`.split(`\r\n--${boundary}`);
  if (pieces[0] !== '' || !pieces.at(-1).startsWith('--')) return null;
  const parts = {};
  for (const piece of pieces.slice(1, -1)) {
    const end = piece.indexOf('\r\n\r\n');
    const head = piece.slice(2, end);
    const name = /^content-disposition: form-data;.* name="([^"]*)"/im.exec(head)?.[1];
    if (end < 0 || !piece.startsWith('\r\n') || name === undefined || name in parts) return null;
    parts[name] = {
      bytes: Buffer.from(piece.slice(end + 4), 'latin1'),
      type: /^content-type: *(.*)$/im.exec(head)?.[1],
      file: /^content-disposition:.*; *filename=/im.test(head),
    };
  }
  return parts;
}

const redmineFields = ['key', 'email', 'allow_override', 'unknown_user', 'default_group',
  'no_account_notice', 'no_notification', 'no_permission_check', 'project_from_subaddress',
  ...['project', 'status', 'tracker', 'category', 'priority', 'assigned_to', 'fixed_version',
    'is_private'].map((name) => `issue[${name}]`)];

// A field is text of the character set that its part names, else of UTF-8 (Rack), and Rails
// answers 400 to one that is no valid text of it.
function isValidText(part) {
  if (/^text\/plain; *charset=iso-8859-1$/i.test(part.type ?? '')) return true;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(part.bytes);
    return true;
  } catch {
    return false;
  }
}

function redmine({ headers, body }) {
  const parts = partsOf(headers['content-type'], body);
  if (!parts) return wrong('no form that Redmine could read');
  const strange = Object.keys(parts).find((name) => !redmineFields.includes(name) || parts[name].file);
  if (strange) return wrong(`Redmine takes no field ${strange}`);
  if (parts.key?.bytes.toString() !== KEY) return [403, 'Access denied.'];
  if (!parts.email || !isValidText(parts.email)) return [400, 'Invalid encoding for parameter'];
  if (parts['issue[project]']?.bytes.toString() !== 'helpdesk') return [422, ''];
  keep(parts.email.bytes);
  return [201, ''];
}

function osTicket({ headers, body }) {
  if (headers['x-api-key'] !== KEY) return [401, 'Valid API key required'];
  if (/^multipart\//.test(headers['content-type'])) return wrong('osTicket reads no form');
  keep(body);
  return [201, '123456'];
}

function requestTracker({ headers, body }) {
  const parts = partsOf(headers['content-type'], body);
  if (!parts?.message) return wrong('no form that RT could read');
  if (parts.queue?.bytes.toString() !== 'First line') return [200, 'not ok - Could not load a valid queue\n'];
  if (parts.action?.bytes.toString() !== 'correspond') return [200, 'not ok - no such action\n'];
  keep(parts.message.bytes);
  return [200, 'ok\nTicket: 1\n'];
}

function any({ headers, body }) {
  if (headers['content-type'] !== 'message/rfc822') return wrong(`type ${headers['content-type']}`);
  if (headers.authorization !== `Bearer ${KEY}`) return [401, 'no'];
  if (!headers['idempotency-key']) return wrong('no Idempotency-Key');
  keep(body);
  return [204, ''];
}

const routes = {
  '/mail_handler': redmine,
  '/api/tickets.email': osTicket,
  '/REST/1.0/NoAuth/mail-gateway': requestTracker,
  '/mail': any,
};

function handle(request, body) {
  const route = routes[request.url];
  const instead = answerInstead();
  if (!route) return [404, 'no such page'];
  if (request.method !== 'POST') return wrong(`${request.method} ${request.url}`);
  if (instead) return [instead, 'as it was told to'];
  return route({ headers: request.headers, body });
}

function serve(request, response) {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    const declared = request.headers['content-length'];
    let [status, text] = handle(request, body);
    if (declared !== undefined && Number(declared) !== body.length) [status, text] = wrong('a length that is not true');
    fs.appendFileSync(`${room}/requests`, `${request.url} ${status} ${request.headers['idempotency-key'] ?? '-'}\n`);
    response.writeHead(status, status === 503 ? { 'retry-after': '7' } : {});
    response.end(status === 204 ? undefined : text);
  });
}

const listen = (server) => new Promise((resolve) => {
  server.listen(0, '127.0.0.1', () => resolve(server.address().port));
});
const ports = {
  https: await listen(https.createServer({
    cert: fs.readFileSync(`${tls}/server.pem`), key: fs.readFileSync(`${tls}/server.key`),
  }, serve)),
  http: await listen(http.createServer(serve)),
};
fs.writeFileSync(`${room}/ports.new`, JSON.stringify(ports));
fs.renameSync(`${room}/ports.new`, `${room}/ports`);
