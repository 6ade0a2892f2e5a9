/** A script: answers requests, with the web API, in a sandbox with hard limits. */
export default {
  fetch(request: Request): Response {
    const { pathname } = new URL(request.url)
    const [, greeting, who] = pathname.split('/')
    if (!who) return new Response('who is there?\n', { status: 404 })
    console.log(`greeting ${who}`)
    return Response.json({ [greeting ?? 'hello']: who, from: 'my-plugin' })
  },
}
