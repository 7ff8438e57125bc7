UPDATE settings SET value = value WHERE name = '';
