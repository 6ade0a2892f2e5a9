// An origin that agrees to every upgrade: says everything back, or at /flood never stops: PORT
import net from 'node:net'

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: bench\r\nConnection: upgrade\r\n\r\n'
const PIECE = Buffer.alloc(65_536, 'x')

net
  .createServer({ noDelay: true }, (socket) => {
    let head = ''
    socket.on('error', () => socket.destroy())
    socket.on('data', readHead)

    function readHead(bytes) {
      head += bytes.toString('latin1')
      if (!head.endsWith('\r\n\r\n')) return
      if (/\r\nupgrade:/i.test(head)) become(head.startsWith('GET /flood') ? flood : echo)
      else socket.write(ANSWER)
      head = ''
    }

    function become(what) {
      socket.off('data', readHead)
      socket.write(SWITCHED)
      what()
    }

    function echo() {
      socket.on('data', (bytes) => socket.write(bytes))
    }

    function flood() {
      while (socket.write(PIECE));
      socket.on('drain', flood)
    }
  })
  .listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 })
