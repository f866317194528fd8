// Whether the person chose to look around without a login. Then a catalog that is closed to guests is told of on
// its page, where repositories can be opened by name, and does not lead back to the login for ever.

let chosen = false

export function chooseGuest(choice: boolean): void {
  chosen = choice
}

export function isGuestByChoice(): boolean {
  return chosen
}
