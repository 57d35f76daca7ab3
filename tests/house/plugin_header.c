#include <demur/plugin.h>

/* Some use, so that the declarations are not only read. */
uint32_t demur_house_abi(void) { return DEMUR_ABI_MAJOR; }
