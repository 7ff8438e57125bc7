package linxo

// StatusOfChannel is statusOfChannel.
var StatusOfChannel = statusOfChannel
