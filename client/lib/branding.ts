// The operator's own look, as the server has written it into the page (server/plugins/static-page.ts): there before anything is
// drawn.

const read = (name: string) => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content

/** Where the logo lies, relative to the page's base. */
export const brandLogo = read('logo')
/** A line of plain text for every page. */
export const brandNotice = read('notice')
