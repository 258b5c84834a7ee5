// Cyrus IMAP, the second mail server: its configuration, who may log in, its start.

import fs from 'node:fs';
import net from 'node:net';
import { spawn, execFileSync } from 'node:child_process';
import { CYRUS_ADMIN, FRESH_PASSWORD } from './accounts.mjs';

// Cyrus opens its ports itself; nobody else uses this address.
export const cyrusEndpoints = {
  cyrus_imaps: { address: '127.0.0.10', tls: true },
  cyrus_imap: { address: '127.0.0.10', tls: false },
};

const name = (flag) => execFileSync('id', [flag], { encoding: 'utf8' }).trim();

function imapdConf(dir) {
  return `configdirectory: ${dir}/cyrus/conf
defaultpartition: default
partition-default: ${dir}/cyrus/spool
cyrus_user: ${name('-un')}
cyrus_group: ${name('-gn')}
admins: ${CYRUS_ADMIN}
servername: localhost
virtdomains: off
unixhierarchysep: yes
altnamespace: yes
autocreate_quota: 0
allowplaintext: no
munge8bit: no
failedloginpause: 0
statuscache: 0
sasl_pwcheck_method: saslauthd
sasl_saslauthd_path: ${dir}/cyrus/passwords
sasl_mech_list: PLAIN LOGIN SCRAM-SHA-256
tls_server_cert: ${dir}/tls/server.pem
tls_server_key: ${dir}/tls/server.key
`;
}

function cyrusConf(dir, bin) {
  const of = (program) => `${bin}/${program} -C ${dir}/cyrus/imapd.conf`;
  const at = ({ address, port }) => `${address}:${port}`;
  const { cyrus_imaps: imaps, cyrus_imap: imap } = cyrusEndpoints;

  return `START {
  recover cmd="${bin}/ctl_cyrusdb -C ${dir}/cyrus/imapd.conf -r"
}
DAEMON {
  idled cmd="${of('idled')} -d"
}
SERVICES {
  imaps cmd="${of('imapd')} -s" listen="${at(imaps)}" prefork=1
  imap cmd="${of('imapd')}" listen="${at(imap)}" prefork=1
}
EVENTS {
}
`;
}

// The protocol of saslauthd(8): user, password, service and realm, each behind its length.
function words(bytes) {
  const found = [];
  let at = 0;

  while (found.length < 4 && bytes.length >= at + 2 && bytes.length >= at + 2 + bytes.readUInt16BE(at)) {
    const length = bytes.readUInt16BE(at);
    found.push(bytes.toString('utf8', at + 2, at + 2 + length));
    at += 2 + length;
  }
  return found.length === 4 ? found : null;
}

// Any user is known by the one password; his mailbox is made at the first login.
export function servePasswords(dir) {
  const server = net.createServer((socket) => {
    let bytes = Buffer.alloc(0);

    socket.on('error', () => {});
    socket.on('data', (more) => {
      bytes = Buffer.concat([bytes, more]);
      const asked = words(bytes);
      if (asked) socket.end(asked[1] === FRESH_PASSWORD ? '\0\x02OK' : '\0\x02NO');
    });
  });
  return new Promise((resolve) => { server.listen(`${dir}/cyrus/passwords`, resolve); });
}

export function writeCyrusConfig(dir, root) {
  const folders = ['db', 'socket', 'proc', 'lock', 'log', 'msg', 'sync', 'ptclient', 'quota', 'user', 'rpm'];

  fs.mkdirSync(`${dir}/cyrus/spool`, { recursive: true });
  for (const folder of folders) fs.mkdirSync(`${dir}/cyrus/conf/${folder}`, { recursive: true });
  fs.writeFileSync(`${dir}/cyrus/imapd.conf`, imapdConf(dir));
  fs.writeFileSync(`${dir}/cyrus/cyrus.conf`, cyrusConf(dir, `${root}/usr/lib/cyrus/bin`));
}

function librariesOf(root) {
  return fs.readdirSync(`${root}/usr/lib`).map((entry) => `${root}/usr/lib/${entry}`)
    .filter((folder) => fs.existsSync(`${folder}/libcyrus.so.0`) || fs.existsSync(`${folder}/sasl2`));
}

export function startCyrus(dir, root) {
  const log = fs.openSync(`${dir}/cyrus/out`, 'a', 0o600);
  const libraries = librariesOf(root);
  const plugins = libraries.map((folder) => `${folder}/sasl2`).filter((folder) => fs.existsSync(folder));
  const child = spawn('setpriv', [
    '--pdeathsig', 'TERM', `${root}/usr/lib/cyrus/bin/master`,
    '-C', `${dir}/cyrus/imapd.conf`, '-M', `${dir}/cyrus/cyrus.conf`,
    '-p', `${dir}/cyrus/master.pid`, '-L', `${dir}/cyrus/out`,
  ], {
    stdio: ['ignore', log, log],
    detached: true, // it ends by ending its process group
    env: {
      ...process.env,
      LD_LIBRARY_PATH: libraries.join(':'),
      ...(plugins.length > 0 ? { SASL_PATH: plugins.join(':') } : {}),
    },
  });
  fs.closeSync(log);
  return child;
}
