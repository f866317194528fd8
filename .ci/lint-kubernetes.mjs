// Checks docs/deploy/kubernetes.yaml against Kubernetes' own schemas, which the package kubernetes-models brings.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

// when they are needed, and not when this file is loaded: npm test loads it before it has installed them
const require = createRequire(import.meta.url)

/** The model of a document: `apps/v1` and `Deployment` → the class that knows its schema. */
function modelOf({ apiVersion = '', kind = '' }) {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
  const path = group === '' ? `kubernetes-models/${version}` : `kubernetes-models/${group}/${version}`
  return require(`${path}/${kind}`)[kind]
}

/** @returns what is wrong, one line each; empty if nothing is. */
export function kubernetesProblems(file) {
  const { parseAllDocuments } = require('yaml')
  return parseAllDocuments(readFileSync(file, 'utf8')).flatMap((document) => {
    if (document.errors.length > 0) return document.errors.map(String)
    const value = document.toJS()
    const name = `${value?.kind} ${value?.metadata?.name}`
    try {
      const Model = modelOf(value)
      new Model(value).validate()
      return []
    } catch (error) {
      return [`${name}: ${error.message}`]
    }
  })
}
