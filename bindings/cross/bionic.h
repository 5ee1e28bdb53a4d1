/* Android's C library calls the place of errno otherwise than musl's headers do. */
#ifndef __ASSEMBLER__
#define __errno_location __errno
#endif
