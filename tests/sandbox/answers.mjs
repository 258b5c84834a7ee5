// answers.mjs LINK WAY [KEY=VALUE …]: prints the answers file of that way (basic, exchange,
// provider, custom) with these values put in or replaced; a key without a value is left out.

import fs from 'node:fs';

const [link, way, ...changes] = process.argv.slice(2);
const answers = JSON.parse(fs.readFileSync(`${link}/answers/${way}.json`, 'utf8'));

for (const change of changes) {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(change);
  if (value === '') delete answers[key];
  else if (key === 'server.port') answers[key] = Number(value);
  else answers[key] = value;
}
console.log(JSON.stringify(answers, null, 2));
