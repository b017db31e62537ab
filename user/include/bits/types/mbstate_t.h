// libc++'s <iosfwd> wants this name; text is bytes here, so there is no state.
#ifndef _BITS_TYPES_MBSTATE_T_H
#define _BITS_TYPES_MBSTATE_T_H
typedef struct {
  unsigned unused;
} mbstate_t;
#endif
