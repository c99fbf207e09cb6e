// What a receiver of deliveries is in Node, with what comes with it: the same check of each
// signature as bridgetop's, and an answer. The table of `make bench` has it beside bridgetop.
//
//   node peer.js PORT PUBLIC-KEY FILE|none [CERTIFICATE KEY]
//
// With a FILE, each body is appended to it and is on disk (fdatasync) before its answer: what came
// while the last ones were written is written and synced together.
'use strict';

const crypto = require('crypto');
const fs = require('fs');

const [port, keyFile, storeFile, certificateFile, certificateKeyFile] = process.argv.slice(2);
const key = crypto.createPublicKey(fs.readFileSync(keyFile));
const store = storeFile === 'none' ? -1 : fs.openSync(storeFile, 'a', 0o600);
const WINDOW_MS = 10 * 60 * 1000;
const NEWLINE = Buffer.from('\n');
const STORED = '{"status":"stored"}\n';
const REFUSED = '{"error":"delivery refused"}\n';

function answer(response, status, body) {
    response.writeHead(status, {'Content-Type': 'application/json',
                                'Content-Length': Buffer.byteLength(body)});
    response.end(body);
}

// SHA-256 of "t.body", signed as a message: it is hashed once more.
function isGenuine(header, body) {
    const match = /^t=([0-9]+),v0=([A-Za-z0-9+/]+={0,2})$/.exec(header || '');
    if (match === null || Math.abs(Date.now() - Number(match[1])) > WINDOW_MS)
        return false;
    const digest = crypto.createHash('sha256').update(match[1] + '.').update(body).digest();
    return crypto.verify('sha256', digest, key, Buffer.from(match[2], 'base64'));
}

let waiting = [];
let writing = false;

function writeOn() {
    if (writing || waiting.length === 0)
        return;
    const batch = waiting;
    waiting = [];
    writing = true;
    const bytes = Buffer.concat(batch.flatMap(({body}) => [body, NEWLINE]));
    fs.write(store, bytes, 0, bytes.length, null, (writeError, written) => {
        fs.fdatasync(store, (syncError) => {
            const stored = !writeError && !syncError && written === bytes.length;
            for (const {response} of batch)
                answer(response, stored ? 200 : 503, stored ? STORED : REFUSED);
            writing = false;
            writeOn();
        });
    });
}

function handle(request, response) {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
        const body = parts.length === 1 ? parts[0] : Buffer.concat(parts);
        if (!isGenuine(request.headers['x-webhook-signature'], body)) {
            answer(response, 400, REFUSED);
        } else if (store < 0) {
            answer(response, 200, STORED);
        } else {
            waiting.push({response, body});
            writeOn();
        }
    });
}

const server = certificateFile === undefined
    ? require('http').createServer(handle)
    : require('https').createServer({cert: fs.readFileSync(certificateFile),
                                     key: fs.readFileSync(certificateKeyFile)}, handle);
server.listen({port: Number(port), host: '127.0.0.1', backlog: 4096});
process.on('SIGTERM', () => process.exit(0));
