// For tests: what a Gantry with logins and without deletions answers.

import type { ConfigResponse } from '../../../shared/api/config.ts'

export const SAMPLE_CONFIG: ConfigResponse = {
  title: 'Gantry',
  registry: 'registry.example',
  login: true,
  serviceAccount: false,
  delete: false,
  authType: 'token',
  repositories: [],
  version: '1',
}
