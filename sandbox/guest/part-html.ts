// Rewriting HTML, with the interface Cloudflare has given it.
export { HTMLRewriter } from './html-rewriter.ts'
