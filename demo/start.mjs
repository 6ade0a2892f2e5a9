// `npm start`: runs the gateway with the shipped gateway.yaml and says what to try.
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const main = join(here, '..', 'dist', 'main.js')
const config = join(here, '..', 'gateway.yaml')
const PORT = 8080
const POLL = 50

const TRY = `
The gateway is on http://127.0.0.1:${PORT}. Try, in another terminal:

  curl -i http://127.0.0.1:${PORT}/                          a file
  curl -i --compressed http://127.0.0.1:${PORT}/             the same, compressed
  curl http://127.0.0.1:${PORT}/api/users                    balanced over two origins: ask twice
  curl 'http://127.0.0.1:${PORT}/hello?name=you'             a plugin of two dozen lines answers
  curl http://127.0.0.1:${PORT}/status                       connections and requests so far

Its configuration is gateway.yaml. Change it, then: kill -HUP %PID%   (Ctrl-C here stops it)
`

const gateway = spawn(process.execPath, [main, '-p', here, '-c', config], { stdio: 'inherit' })
let left = false
gateway.on('exit', (code, signal) => {
  left = true
  process.exitCode = code ?? (signal ? 1 : 0)
})
// A terminal sends these to the gateway as well: this process only waits for it to leave.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => signal !== 'SIGINT' && gateway.kill(signal))
}
whenAccepting(() => console.log(TRY.replace('%PID%', String(gateway.pid))))

function whenAccepting(then) {
  if (left) return
  const socket = connect(PORT, '127.0.0.1')
  socket.on('connect', () => {
    socket.destroy()
    if (!left) then()
  })
  socket.on('error', () => setTimeout(whenAccepting, POLL, then))
}
