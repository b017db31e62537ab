// Without an include guard: NDEBUG is looked at each time.
#include <features.h>
#undef assert
#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
__BEGIN_DECLS
__noreturn_fn void __assert_fail(const char* condition, const char* file, int line, const char* function);
__END_DECLS
#define assert(condition) ((condition) ? (void)0 : __assert_fail(#condition, __FILE__, __LINE__, __func__))
#endif
#if !defined(__cplusplus) && !defined(static_assert)
#define static_assert _Static_assert
#endif
