/* A shared library that is no plugin. */
int demur_plugin_entrance(void) { return 0; }
