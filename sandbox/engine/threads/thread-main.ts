import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import type { Reply } from './errand.ts'
import { GuestThread } from './guest-thread.ts'
import type { CallMessage, ErrandMessage, ThreadStart } from './messages.ts'
import { memoryOf } from './packed-image.ts'

// A thread that runs guests: it takes errands, and waits for each answer it asks for.
const port = parentPort
const { signal } = workerData as ThreadStart

/** How much a thread stands back behind the event loop, where they share a processor. */
const NICENESS = 5

if (port) {
  standBack()
  const thread = new GuestThread(ask)
  port.on('message', (errand: ErrandMessage) => {
    const end = thread.take(errand)
    const state = end.kind === 'ended' ? end.state : undefined
    port.postMessage(end, state ? memoryOf(state) : [])
  })
}

function ask(call: CallMessage): Reply {
  const seen = Atomics.load(signal, 0)
  port?.postMessage(call)
  for (;;) {
    const received = port && receiveMessageOnPort(port)
    if (received) return received.message as Reply
    Atomics.wait(signal, 0, seen)
  }
}

/** Only Linux has a priority for each thread, and a name for the one that asks. */
function standBack(): void {
  try {
    const id = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
    setPriority(id, NICENESS)
  } catch {
    // It works without.
  }
}
