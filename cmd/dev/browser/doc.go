// Package browser opens a headless Chromium for tests and for pictures, always
// in the same four views: phone and desktop, light and dark. It can reach
// loopback addresses and nothing else, so a page that asks a stranger for a
// file fails where it stands. What is looked at in it is the caller's business
// (package axe, the runner's storybook command, the browser tests of the
// programs).
package browser
