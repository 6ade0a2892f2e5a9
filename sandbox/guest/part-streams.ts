// The Streams Standard, and the streams of other standards that are made of it.
export * from 'web-streams-polyfill'
export { CompressionStream, DecompressionStream } from './compression-stream.ts'
export { TextDecoderStream, TextEncoderStream } from './text-streams.ts'
