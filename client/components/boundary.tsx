import { Component, type ReactNode } from 'react'

interface Props {
  readonly children: ReactNode
  /** Shown in place of children that threw. */
  readonly fallback: (error: unknown, again: () => void) => ReactNode
}

/** Keeps a failure within its part of the page. Give it a `key` to start afresh. */
export class Boundary extends Component<
  Props,
  { readonly failure: { readonly error: unknown } | undefined }
> {
  override state = { failure: undefined }

  static getDerivedStateFromError(error: unknown) {
    return { failure: { error } }
  }

  override render() {
    const { failure } = this.state as { failure: { error: unknown } | undefined }
    if (failure === undefined) return this.props.children
    return this.props.fallback(failure.error, () => this.setState({ failure: undefined }))
  }
}
