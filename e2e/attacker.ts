// A site of somebody else's: one blank page, which sets the cookies in its query, and from which a browser is led to attack Gantry.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from '@playwright/test'

export interface Attacker {
  readonly port: number
  close(): Promise<void>
}

export async function startAttacker(): Promise<Attacker> {
  const server = createServer(({ url = '' }, response) => {
    response.setHeader('set-cookie', new URL(url, 'http://attacker').searchParams.getAll('cookie'))
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end('<!doctype html><title>attacker</title>')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

const LOGIN = '{"username":"mira","password":"mira-demo"}'

/** Sends forms of each encoding there, into frames of the page; resolves once each has succeeded or failed. */
async function sendForms(page: Page, url: string): Promise<void> {
  await page.evaluate(
    async ({ target, login }) => {
      const kinds = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']
      for (const [index, enctype] of kinds.entries()) {
        const frame = document.createElement('iframe')
        frame.name = `frame-${index}`
        document.body.append(frame)
        const form = document.createElement('form')
        Object.assign(form, { method: 'POST', action: target, enctype, target: frame.name })
        // as text/plain it reads as the JSON that the login takes
        const fields: [string, string][] =
          enctype === 'text/plain'
            ? [[`${login.slice(0, -1)},"x":"`, '"}']]
            : [
                ['username', 'mira'],
                ['password', 'mira-demo'],
                ['_method', 'DELETE'],
              ]
        for (const [name, value] of fields) {
          const input = document.createElement('input')
          Object.assign(input, { type: 'hidden', name, value })
          form.append(input)
        }
        document.body.append(form)
        const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }))
        form.submit()
        await loaded
      }
    },
    { target: url, login: LOGIN },
  )
}

/** fetch in both modes with each method, and a beacon. The browser may block it itself. */
async function sendScripts(page: Page, url: string): Promise<void> {
  await page.evaluate(
    async ({ target, login }) => {
      const attempt = (init: RequestInit) =>
        fetch(target, { credentials: 'include', ...init }).catch(() => undefined)
      await attempt({ mode: 'no-cors', method: 'POST', body: login })
      await attempt({ mode: 'no-cors', method: 'POST', body: new URLSearchParams({ username: 'mira' }) })
      // no preflight is needed for a body without a type, or one without an Origin that names anybody
      await attempt({ mode: 'no-cors', method: 'POST', body: new Blob([login]) })
      await attempt({ mode: 'no-cors', method: 'POST', body: login, referrerPolicy: 'no-referrer' })
      await attempt({ mode: 'cors', method: 'POST', body: login })
      const json = { 'content-type': 'application/json' }
      await attempt({ mode: 'cors', method: 'POST', body: login, headers: json })
      await attempt({ mode: 'cors', method: 'DELETE' })
      navigator.sendBeacon(target, login)
      navigator.sendBeacon(target, new Blob([login], { type: 'text/plain' }))
    },
    { target: url, login: LOGIN },
  )
}

/** Every way there is to make a browser send something else than a GET there, the last as a page of its own. */
export async function attack(page: Page, url: string): Promise<void> {
  await sendForms(page, url)
  await sendScripts(page, url)
  await Promise.all([
    page.waitForURL((at) => at.href.startsWith(url)),
    page.evaluate((target) => {
      const form = document.createElement('form')
      Object.assign(form, { method: 'POST', action: target })
      document.body.append(form)
      form.submit()
    }, url),
  ])
}
