import { readFileSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../harness/command.ts'
import type { Gateway } from '../harness/gateway.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

// One gateway from an nginx.conf, in the foreground, and what scripts around nginx ask of it.

const CONF = `
daemon off;
pid gateway.pid;
error_log error.log info;
events { worker_connections 64; }

http {
    server_identity nginx/1.31.4;
    sendfile on;
    include conf.d/*.conf;

    map $arg_kind $kind {
        default none;
        ~^v(?<n>\\d+)$ "version $n";
    }

    server {
        listen 127.0.0.1:%%PORT%%;
        root files;

        log_not_found off;
        location / { add_header X-Kind "$kind\\n"; }
        location ~ "^/n{2}$" { return 200 "two\\n"; }
        location /off { server_tokens off; return 404; }
        location /escapes { return 200 'it\\'s \${kind}s {$arg_x}'; }
    }
}
`
let gateway: Gateway

beforeAll(async () => {
  gateway = await startGateway({
    yaml: CONF,
    name: 'nginx.conf',
    files: {
      'files/a.html': '<p>',
      'files/a.css': 'p{}',
      'conf.d/one.conf': 'server { listen 127.0.0.1:%%PORT_1%%; include one.inc; }',
      'conf.d/notes.txt': 'this is not read;',
      'one.inc': 'return 200 included;',
    },
  })
})

test('serves what the file says', async () => {
  const page = await get(gateway.port(), '/a.html?kind=v7')
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html'])
  expect(page.headers.get('x-kind')).toBe('version 7')
  expect((await get(gateway.port(), '/nn')).text).toBe('two\n')
  expect((await get(gateway.port(), '/escapes?x=1')).text).toBe("it's nones {1}")
  expect((await get(gateway.port(1), '/')).text).toBe('included')
})

test('begins with the three types of nginx', async () => {
  const style = await get(gateway.port(), '/a.css')
  expect(style.headers.get('content-type')).toBe('text/plain')
})

test('names whom server_identity says, with or without the version', async () => {
  const missing = await get(gateway.port(), '/none')
  expect(missing.headers.get('server')).toBe('nginx/1.31.4')
  expect(missing.text).toContain('<center>nginx/1.31.4</center>')
  const off = await get(gateway.port(), '/off')
  expect(off.headers.get('server')).toBe('nginx')
  expect(off.text).toContain('<center>nginx</center>')
})

describe('the command', () => {
  const ask = (...args: string[]) =>
    runCommand(['-p', gateway.dir, '-c', 'nginx.conf', '-e', 'error.log', ...args])

  test('-t says what nginx says', async () => {
    const { code, stderr } = await ask('-t')
    expect(code).toBe(0)
    expect(stderr.split('\n')).toEqual([
      `nginx: the configuration file ${gateway.dir}/nginx.conf syntax is ok`,
      `nginx: configuration file ${gateway.dir}/nginx.conf test is successful`,
      '',
    ])
    expect((await ask('-t', '-q')).stderr).toBe('')
  })

  test('-t -v also tells the version, and what has no meaning', async () => {
    const { stdout, stderr } = await ask('-tv')
    expect(stdout).toMatch(/^nginx version: nginx\//m)
    expect(stderr).toMatch(/nginx\.conf:9:5: "sendfile" has no meaning here: /)
  })

  test('-T prints every file', async () => {
    const { stdout } = await ask('-T')
    expect(stdout.match(/^# configuration file .*:$/gm)).toEqual([
      `# configuration file ${gateway.dir}/nginx.conf:`,
      `# configuration file ${gateway.dir}/conf.d/one.conf:`,
      `# configuration file ${gateway.dir}/one.inc:`,
    ])
  })

  test("what is wrong ends it with 1, in nginx's words, and the log is there", async () => {
    const { code, stderr } = await ask('-t', '-g', 'deamon on;')
    expect(code).toBe(1)
    expect(stderr).toContain('nginx: [emerg] unknown directive "deamon" in command line\n')
    expect(stderr).toContain(`nginx: configuration file ${gateway.dir}/nginx.conf test failed\n`)
  })

  test('-s reload takes up the changed file', async () => {
    const path = `${gateway.dir}/nginx.conf`
    writeFileSync(path, readFileSync(path, 'utf8').replace('two\\n', 'changed\\n'))
    expect((await ask('-s', 'reload')).code).toBe(0)
    await expect.poll(async () => (await get(gateway.port(), '/nn')).text).toBe('changed\n')
  })
})
