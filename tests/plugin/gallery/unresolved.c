/* A plugin that needs what is not there. */
#include <demur/plugin.h>

const demur_plugin* demur_nobody_defines_this(void);

const demur_plugin* demur_plugin_entry(void) { return demur_nobody_defines_this(); }
