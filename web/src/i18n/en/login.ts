/** English words: signing in. */
import type { Same } from '../same'
import type { login as chinese } from '../zh/login'

export const login: Same<typeof chinese> = {
  login: {
    title: 'Sign in',
    what: 'Sub-district command platform',
    motto: 'Walk the grid, solve it in the grid',
    with: 'With the account the street gave you',
    username: 'Account',
    password: 'Password',
    forgotten: 'Forgotten? An administrator resets it',
    show: 'Show',
    hide: 'Hide',
    show_password: 'Show password',
    hide_password: 'Hide password',
    code: 'One-time code: 6 digits from your authenticator',
    other_account: 'Another account',
    act: 'Sign in',
    no_username: 'The account is still empty',
    no_password: 'The password is still empty',
    wrong: 'Account or password is wrong; check again. After several wrong tries comes a wait; nobody else is affected',
    wrong_code: 'Wrong code; wait for the next 6 digits',
    locked: 'Too many wrong tries; try again in a few minutes, or ask an administrator',
    locked_minutes: 'Too many wrong tries; try again in {minutes} min, or ask an administrator',
    inactive: 'This account is disabled; ask an administrator',
    offline: 'The server cannot be reached; what you typed is kept, press again',
    ended: 'Your session ended. Sign in again to return to the page',
    demo: 'Pick a post to sign in at once',
  },
}
