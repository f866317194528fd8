// Errors in the words of distribution 3.
const ERRORS = {
  UNAUTHORIZED: [401, 'authentication required'],
  UNSUPPORTED: [405, 'The operation is unsupported.'],
  NAME_UNKNOWN: [404, 'repository name not known to registry'],
  MANIFEST_UNKNOWN: [404, 'manifest unknown'],
  BLOB_UNKNOWN: [404, 'blob unknown to registry'],
  DIGEST_INVALID: [400, 'provided digest did not match uploaded content'],
  PAGINATION_NUMBER_INVALID: [400, 'invalid number of results requested'],
}
/** An answer in the envelope of the distribution spec. */
export function registryError(code, detail, message) {
  const [status, text] = ERRORS[code]
  return json({ errors: [{ code, message: message ?? text, detail }] }, status)
}
/** What no route matches: plain text, as Go's router says it. */
export const NO_ROUTE = {
  status: 404,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: '404 page not found\n',
}
export function json(value, status = 200) {
  return { status, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(value)}\n` }
}
