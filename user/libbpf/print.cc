#include "print.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "errors.h"

namespace skep::libbpf {
namespace {

int print_to_stderr(libbpf_print_level level, const char* format, va_list ap) {
  return level == LIBBPF_DEBUG ? 0 : vfprintf(stderr, format, ap);
}

libbpf_print_fn_t g_print = print_to_stderr;

const char* own_error_message(int code) {
  switch (code) {
    case LIBBPF_ERRNO__LIBELF:
      return "Not an ELF file, or a damaged one";
    case LIBBPF_ERRNO__FORMAT:
      return "Not a valid BPF object";
    case LIBBPF_ERRNO__KVERSION:
      return "Section 'version' is missing or wrong";
    case LIBBPF_ERRNO__ENDIAN:
      return "The object's byte order is not this machine's";
    case LIBBPF_ERRNO__INTERNAL:
      return "Internal error in libbpf";
    case LIBBPF_ERRNO__RELOC:
      return "Relocation failed";
    case LIBBPF_ERRNO__LOAD:
      return "Failed to load the program";
    case LIBBPF_ERRNO__VERIFY:
      return "The kernel's verifier refused the program";
    case LIBBPF_ERRNO__PROG2BIG:
      return "Program too big";
    case LIBBPF_ERRNO__KVER:
      return "Wrong kernel version";
    case LIBBPF_ERRNO__PROGTYPE:
      return "The kernel does not have this program type";
    case LIBBPF_ERRNO__WRNGPID:
      return "Wrong pid in a netlink message";
    case LIBBPF_ERRNO__INVSEQ:
      return "Wrong sequence number in a netlink message";
    case LIBBPF_ERRNO__NLPARSE:
      return "Malformed netlink message";
    default:
      return nullptr;
  }
}

}  // namespace

void print(libbpf_print_level level, const char* format, ...) {
  if (!g_print) return;
  const int saved = errno;  // a message must not change what the caller is about to report
  va_list ap;
  va_start(ap, format);
  g_print(level, format, ap);
  va_end(ap);
  errno = saved;
}

}  // namespace skep::libbpf

using namespace skep::libbpf;

libbpf_print_fn_t libbpf_set_print(libbpf_print_fn_t fn) {
  libbpf_print_fn_t before = g_print;
  g_print = fn;
  return before;
}

int libbpf_strerror(int err, char* buf, size_t size) {
  if (!buf || size == 0) return set_errno(-EINVAL);
  const int code = err < 0 ? -err : err;
  int wanted;
  if (code < __LIBBPF_ERRNO__START) {
    wanted = snprintf(buf, size, "%s", strerror(code));
  } else if (const char* message = own_error_message(code)) {
    wanted = snprintf(buf, size, "%s", message);
  } else {
    snprintf(buf, size, "Unknown libbpf error %d", code);
    return set_errno(-ENOENT);
  }
  return wanted >= 0 && static_cast<size_t>(wanted) < size ? 0 : set_errno(-ERANGE);
}

long libbpf_get_error(const void* ptr) { return ptr ? 0 : -errno; }
int libbpf_set_strict_mode(enum libbpf_strict_mode) { return 0; }

#define STRINGIFY(x) #x
#define VERSION_STRING(major, minor) "v" STRINGIFY(major) "." STRINGIFY(minor)
__u32 libbpf_major_version(void) { return LIBBPF_MAJOR_VERSION; }
__u32 libbpf_minor_version(void) { return LIBBPF_MINOR_VERSION; }
const char* libbpf_version_string(void) { return VERSION_STRING(LIBBPF_MAJOR_VERSION, LIBBPF_MINOR_VERSION); }
