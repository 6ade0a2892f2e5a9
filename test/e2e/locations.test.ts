import { beforeAll, describe, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

let gateway: Gateway

beforeAll(async () => {
  gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { return: 200 root }
        = /exact: { return: 200 exact }
        /exact: { return: 200 "prefix of exact" }
        /docs/: { return: 200 docs }
        /docs/deep/: { return: 200 deep }
        ^~ /static/: { return: 200 static }
        '~ \\.php$': { return: 200 "php $uri" }
        '~* \\.(gif|jpe?g)$': { return: 200 "image $1" }
        '~ ^/user/(?<name>[a-z]+)/(\\d+)$': { return: 200 "$name $2" }
        /nest/:
          return: 200 nest
          location:
            /nest/inner/: { return: 200 inner }
            '~ \\.php$': { return: 200 "nested php" }
        /%20space/: { return: 200 never }
        '"/a space/"': { return: 200 spaced }
    - listen: 127.0.0.1:%%PORT_1%%
      location:
        = /only: { return: 200 only }
`,
    expected: ['No such file'],
  })
})

describe('a location is chosen', () => {
  test.each([
    ['/', 'root'],
    ['/anything', 'root'],
    ['/exact', 'exact'],
    ['/exact?a=b', 'exact'],
    ['/exactly', 'prefix of exact'],
    ['/docs/x', 'docs'],
    ['/docs/deep/x', 'deep'],
    ['/docs', 'root'],
    ['/docs/x.php', 'php /docs/x.php'],
    ['/static/x.php', 'static'],
    ['/x.PHP', 'root'],
    ['/x.JPEG', 'image JPEG'],
    ['/docs/x.gif', 'image gif'],
    ['/user/alice/42', 'alice 42'],
    ['/user/Alice/42', 'root'],
    ['/nest/', 'nest'],
    ['/nest/inner/x', 'inner'],
    ['/nest/x.php', 'nested php'],
    ['/docs/../exact', 'exact'],
    ['//docs//deep//x', 'deep'],
    ['/%64ocs/x', 'docs'],
    ['/a%20space/x', 'spaced'],
  ])('%s: "%s"', async (path, expected) => {
    expect((await get(gateway.port(), path)).text).toBe(expected)
  })
})

test('where none matches, the server itself answers', async () => {
  expect((await get(gateway.port(1), '/only')).text).toBe('only')
  expect((await get(gateway.port(1), '/other')).status).toBe(404)
})
