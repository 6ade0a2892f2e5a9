// An origin that answers when it has the whole body of a request of known length: PORT
import net from 'node:net'

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok'

net
  .createServer({ noDelay: true }, (socket) => {
    let head = ''
    let left = 0
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes) => {
      let at = 0
      while (at < bytes.length) at = left > 0 ? skipBody(bytes, at) : readHead(bytes, at)
    })

    function readHead(bytes, from) {
      const before = head.length
      head += bytes.toString('latin1', from)
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return bytes.length
      left = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
      head = ''
      if (left === 0) socket.write(ANSWER)
      return from + end + 4 - before
    }

    function skipBody(bytes, from) {
      const count = Math.min(left, bytes.length - from)
      left -= count
      if (left === 0) socket.write(ANSWER)
      return from + count
    }
  })
  .listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 })
