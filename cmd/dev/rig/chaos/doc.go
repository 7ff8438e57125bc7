// Package chaos kills what the service stands on, at random, while flows go through it, and says at the end what was lost. It
// owns the order of kills and the figures of a run; package rig starts and kills, package load drives and judges. `dev soak` and
// `dev race` are its commands.
package chaos
