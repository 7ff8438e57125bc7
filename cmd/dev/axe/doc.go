// Package axe holds the test that opens every page in every state, as the
// storybook has them, in a real Chromium: phone and desktop, light and dark.
// It fails on any axe-core violation, any request to another origin, any
// complaint of the browser's console, and any page wider than the screen. It
// has nothing to import; packages browser and npm bring what it runs with.
package axe
