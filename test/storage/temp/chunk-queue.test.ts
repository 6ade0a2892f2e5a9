import { Buffer } from 'node:buffer'
import { expect, test } from 'vitest'
import { ChunkQueue } from '../../../src/storage/temp/chunk-queue.ts'

function queueOf(...texts: string[]): ChunkQueue {
  const queue = new ChunkQueue()
  for (const text of texts) queue.push(Buffer.from(text))
  return queue
}

test('gives pieces of any size, in order', () => {
  for (let most = 1; most < 12; most++) {
    const queue = queueOf('a', 'bcd', 'ef', 'ghij')
    const pieces: string[] = []
    while (queue.size > 0) pieces.push(queue.take(most).toString())
    expect(pieces.join('')).toBe('abcdefghij')
    expect(pieces.slice(0, -1).every((piece) => piece.length === most)).toBe(true)
    expect(queue.chunks).toEqual([])
  }
})

test('drops what was written, and no more', () => {
  for (let bytes = 0; bytes <= 6; bytes++) {
    const queue = queueOf('a', 'bcd', 'ef')
    queue.drop(bytes)
    expect(queue.size).toBe(6 - bytes)
    expect(Buffer.concat(queue.chunks).toString()).toBe('abcdef'.slice(bytes))
  }
})

test('an empty queue gives an empty piece', () => {
  expect(queueOf().take(0)).toHaveLength(0)
})
