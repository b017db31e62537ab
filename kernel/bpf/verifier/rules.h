// The rules a program can break: the one table from which errno, log line, explanation and remedy derive.
//
// In the texts:
//   {r0} {r1}        register numbers involved     {0} … {4}  the rejection's values, decimal
//   {t0} …           value as a register type      {n0} …     two values (from there on) as a tnum
//   {h0} …           value as a helper's name      {text}     the rejection's static text, {second_text} the other
//   {decode}         decode()'s reason
// A remedy may also say {use} and {def}: the C line (or instruction) that broke the rule, and the one where the first
// register involved got its value; and {var}: the variable that the latter assigns, or that register.
#pragma once

#include <string_view>

#include "bpf/verifier/verifier.h"

// X(id, errno, wording in the log, what it means, what to do)
#define SKEP_VERIFIER_RULES(X)                                                                                         \
  /* Resources */                                                                                                      \
  X(kNoMemory, ENOMEM, "not enough memory to verify the program", "the verifier ran out of memory",                    \
    "free memory, or make the program smaller")                                                                        \
  X(kInterrupted, EAGAIN, "verification was interrupted by a signal",                                                  \
    "a signal arrived while the program was verified", "load the program again")                                       \
  X(kProgramSize, E2BIG, "program of {0} instructions, at most {1} are allowed",                                       \
    "a program has a limited number of instructions", "split the program")                                             \
  X(kProgramType, EINVAL, "program type {0} is not supported", "this kernel does not run programs of this type",       \
    "use socket_filter, kprobe, tracepoint, raw_tracepoint, perf_event, tracing or syscall")                           \
  X(kTooComplex, E2BIG, "BPF program is too large. Processed {0} insn",                                                \
    "exploring the program's paths took too many instructions",                                                        \
    "shorten loops, or bound them by smaller constants, and avoid branches that multiply")                             \
  X(kTooManyBranches, E2BIG, "The sequence of {0} jumps is too complex.",                                              \
    "too many branches were waiting to be explored", "reduce the number of branches that follow each other")           \
  X(kInfiniteLoop, EINVAL, "infinite loop detected at insn {0}",                                                       \
    "the program comes back to this instruction with nothing changed, so it can never leave the loop",                 \
    "make the loop's counter move towards its bound in every turn, and test it at {use}")                              \
  /* Structure */                                                                                                      \
  X(kBadInsn, EINVAL, "{decode}", "this is no instruction of BPF CPU v1 to v4",                                        \
    "build the object with clang -target bpf, and do not edit its bytes")                                              \
  X(kInsnNotSupported, EINVAL, "{text} is not supported", "the instruction exists, but this kernel does not run it",   \
    "build for an older BPF CPU (clang -mcpu=v4 or lower)")                                                            \
  X(kJumpOutOfRange, EINVAL, "jump out of range from insn {0} to {1}", "a jump leaves its function",                   \
    "jump only inside the function")                                                                                   \
  X(kJumpIntoLddw, EINVAL, "jump into the middle of ldimm64 insn {0}",                                                 \
    "a jump or call targets the second half of a 16-byte instruction", "jump to the instruction's first half")         \
  X(kUnreachableInsn, EINVAL, "unreachable insn {0}", "no path leads to this instruction",                             \
    "remove the code that can never run")                                                                              \
  X(kFallsOffEnd, EINVAL, "last insn is not an exit or jmp", "the function can run past its last instruction",         \
    "end every path of the function with exit or a jump")                                                              \
  X(kRecursion, EINVAL, "back-edge from insn {0} to {1}", "a function calls itself, directly or through others",       \
    "turn the recursion into a bounded loop")                                                                          \
  X(kCallTarget, EINVAL, "call to invalid destination", "a call targets no instruction of the program",                \
    "call the first instruction of a function")                                                                        \
  X(kTooManySubprograms, E2BIG, "too many subprograms", "a program has at most 256 functions",                         \
    "inline some functions (static __always_inline)")                                                                  \
  X(kCallDepth, E2BIG, "the call stack of {0} frames is too deep", "calls nest at most 8 deep",                        \
    "inline the innermost functions")                                                                                  \
  X(kCombinedStack, EACCES, "combined stack size of {0} calls is {1}. Too large",                                      \
    "the functions of one call chain share 512 bytes of stack", "move large local variables into a per-CPU array map") \
  X(kBackEdge, EINVAL, "back-edge from insn {0} to {1}", "programs of unprivileged users have no loops",               \
    "unroll the loop (#pragma unroll), or load the program as root")                                                   \
  X(kFunctionsPrivileged, EPERM,                                                                                       \
    "loading/calling other bpf or kernel functions are allowed for CAP_BPF and CAP_SYS_ADMIN",                         \
    "programs of unprivileged users have one function",                                                                \
    "inline all functions (static __always_inline), or load the program as root")                                      \
  X(kKernelFunction, ENOTSUPP, "calling kernel function is not supported without CONFIG_DEBUG_INFO_BTF",               \
    "the program calls a function of the kernel (kfunc), and this kernel describes none in a BTF",                     \
    "use a helper of <bpf/bpf_helpers.h>")                                                                             \
  X(kKernelFunctionZero, EINVAL, "invalid kernel function call not eliminated in verifier pass",                       \
    "a call of no kernel function (number 0) can be reached",                                                          \
    "test with bpf_ksym_exists() before the call, or use a helper")                                                    \
  X(kFunctionLayout, EINVAL, "func_info BTF section doesn't match subprog layout in BPF program",                      \
    "func_info describes other functions than the program has",                                                        \
    "do not edit the object: load it as the compiler wrote it")                                                        \
  X(kFunctionType, EINVAL, "invalid type id {0} in func info", "func_info names something that is no function",        \
    "do not edit the object: load it as the compiler wrote it")                                                        \
  X(kAbruptEnd, EINVAL, "{text} is only allowed in functions that return 'int'.",                                      \
    "the instruction may end the function with a number as its result", "let the function return int")                 \
  X(kAbruptEndNoType, EINVAL, "{text} is not allowed in subprogs without BTF",                                         \
    "the instruction may end the function, and nothing says that its result is a number",                              \
    "compile with -g, so that the object says what the function returns")                                              \
  X(kGlobalParameters, EINVAL, "Global function has {0} > 5 args. Buggy compiler.",                                    \
    "a global function takes at most five arguments", "pass the address of a structure")                               \
  X(kGlobalParameter, EINVAL, "Arg#{0} of a global function has a type that is not supported yet.",                    \
    "a global function takes numbers, the context, and pointers to memory of known size",                              \
    "make the function static, or pass a pointer")                                                                     \
  X(kGlobalParameterSize, EINVAL, "arg#{0} reference type size cannot be determined",                                  \
    "a global function takes pointers to types of known size only",                                                    \
    "point to a complete type, or make the function static")                                                           \
  X(kGlobalResult, EINVAL, "Global function doesn't return scalar. Only those are supported.",                         \
    "a global function returns a number or nothing", "return the pointer from a static function")                      \
  X(kTailCallStack, EACCES, "tail_calls are not allowed when call stack of previous frames is {0} bytes. Too large",   \
    "tail calls may follow each other 33 times, and each keeps the frames of its callers",                             \
    "tail-call from the main program, or keep less than 256 bytes of stack in the callers")                            \
  X(kAttachTarget, EINVAL, "attach_btf_id {0} {text}{second_text}",                                                    \
    "the type that the program is to be attached to is nothing that its attach type is for",                           \
    "load with libbpf, which finds the type by the section's name, from the BTF of the kernel that runs")              \
  X(kAttachSleepable, EINVAL, "{text} is not sleepable",                                                               \
    "programs that may sleep cannot be attached to this function: its callers may hold locks",                         \
    "load it without BPF_F_SLEEPABLE (SEC(\"fentry/…\") instead of SEC(\"fentry.s/…\"))")                              \
  X(kAttachModify, EINVAL, "{text}() is not modifiable", "no program may replace the result of this function",         \
    "look at the result with SEC(\"fexit/…\")")                                                                        \
  X(kShiftTooLarge, EINVAL, "invalid shift {0}", "a shift by a constant must be smaller than the operand's width",     \
    "shift by 0 to 31 (32-bit) or 0 to 63 (64-bit)")                                                                   \
  X(kDivisionByZero, EINVAL, "div by zero", "the divisor is the constant 0", "divide by something else")               \
  X(kMapReference, EINVAL, "fd {0} is not pointing to valid bpf_map",                                                  \
    "the instruction refers to a map that does not exist",                                                             \
    "create the map before the program is loaded, and put its fd into the instruction")                                \
  X(kMapDirectAccess, EINVAL, "no direct value access support for this map type",                                      \
    "only an array map with one element has an address the program can hold",                                          \
    "use bpf_map_lookup_elem(), or an array of max_entries 1")                                                         \
  X(kMapDirectHuge, EINVAL, "direct value offset of {0} is not allowed", "no pointer is moved by 512 MiB or more",     \
    "use an offset below the value's size")                                                                            \
  X(kMapDirectOffset, EINVAL, "invalid access to map value pointer, value_size={0} off={1}",                           \
    "the address lies outside of the map's value", "use an offset below the value's size")                             \
  X(kLddwKind, EINVAL, "kernel is missing BTF, make sure CONFIG_DEBUG_INFO_BTF=y is specified in Kconfig.",            \
    "the 64-bit immediate names a variable of the kernel's by its BTF type, and the kernel's BTF describes none",      \
    "refer to a map, or to a plain number")                                                                            \
  /* Registers */                                                                                                      \
  X(kUninitRegister, EACCES, "R{r0} !read_ok",                                                                         \
    "the register has no value here: it was never written on this path, or a call has overwritten it",                 \
    "give R{r0} a value before {use}; calls destroy R1 to R5")                                                         \
  X(kFramePointerWrite, EACCES, "frame pointer is read only", "R10 cannot be changed",                                 \
    "copy R10 to another register and change that")                                                                    \
  /* Memory */                                                                                                         \
  X(kNotAPointer, EACCES, "R{r0} invalid mem access '{t0}'",                                                           \
    "this register does not point to memory that the program may use",                                                 \
    "read kernel memory with bpf_probe_read_kernel(); R{r0} was set at {def}")                                         \
  X(kNullPointer, EACCES, "R{r0} invalid mem access '{t0}'", "the pointer may be NULL here",                           \
    "check {var}, set at {def}, for NULL before {use}: if (!{var}) return 0;")                                         \
  X(kReadOnlyMemory, EACCES, "R{r0} cannot write into {t0}", "this memory is read-only for the program",               \
    "copy the data into the program's own memory and change it there")                                                 \
  X(kMinNegative, EACCES, "R{r0} min value is negative, either use unsigned index or do a if (index >=0) check.",      \
    "the offset may be negative, so the access may lie before the memory",                                             \
    "make the index unsigned, or test that it is not negative, between {def} and {use}")                               \
  X(kMinOutside, EACCES,                                                                                               \
    "invalid access to {text}={0} off={1} size={2}\nR{r0} min value is outside of the allowed memory range",           \
    "the access lies outside of the memory that R{r0} points to ({0} bytes)",                                          \
    "access at most {0} bytes from its start: offset {1} plus {2} bytes is too far")                                   \
  X(kMaxOutside, EACCES,                                                                                               \
    "invalid access to {text}={0} off={1} size={2}\nR{r0} max value is outside of the allowed memory range",           \
    "the largest possible offset lies outside of the memory that R{r0} points to ({0} bytes)",                         \
    "bound the index before {use}, so that offset plus {2} bytes stays within {0}: if (i >= N) return 0;")             \
  X(kUnboundedAccess, EACCES, "R{r0} unbounded memory access, make sure to bounds check any such access",              \
    "nothing bounds the offset from above", "compare the index with a constant before {use}: if (i >= N) return 0;")   \
  X(kMapReadForbidden, EACCES, "read from map forbidden, value_size={0} off={1} size={2}",                             \
    "the map was created with BPF_F_WRONLY_PROG", "create the map without BPF_F_WRONLY_PROG")                          \
  X(kMapWriteForbidden, EACCES, "write into map forbidden, value_size={0} off={1} size={2}",                           \
    "the map was created with BPF_F_RDONLY_PROG (.rodata is such a map)",                                              \
    "write to another map, or make the variable not const")                                                            \
  X(kMisaligned, EACCES, "misaligned {text}access off {n0}+{2}+{3} size {4}",                                          \
    "the address is not a multiple of the access size",                                                                \
    "access memory at offsets that are multiples of the size (memcpy() to a local variable)")                          \
  X(kContextAccess, EACCES, "invalid bpf_context access off={0} size={1}",                                             \
    "the context of this program type has no field that may be accessed like this",                                    \
    "use a field of the context's struct, at its own size, and only read where it is read-only")                       \
  X(kTracedOffset, EACCES,                                                                                             \
    "func '{text}' offset {0} is not multiple of 8\ninvalid bpf_context access off={0} size={1}",                      \
    "each argument takes 8 bytes of the context",                                                                      \
    "read arguments at multiples of 8: use BPF_PROG() of <bpf/bpf_tracing.h>")                                         \
  X(kTracedMissing, EACCES, "func '{text}' doesn't have {2}-th argument\ninvalid bpf_context access off={0} size={1}", \
    "the function has fewer arguments; only fexit programs find its result behind them",                               \
    "give the program the arguments of the function's prototype")                                                      \
  X(kTracedType, EACCES,                                                                                               \
    "func '{text}' arg{2} has type {second_text}. Only pointer access is allowed\ninvalid bpf_context access off={0} " \
    "size={1}",                                                                                                        \
    "an argument of this type has no meaning in the program", "read other arguments")                                  \
  X(kTracedPointee, EACCES,                                                                                            \
    "func '{text}' arg{2} type {second_text} is not a struct\ninvalid bpf_context access off={0} size={1}",            \
    "of pointers, the program may read those to structures, integers and void",                                        \
    "read other arguments; the address itself is in the registers that a kprobe program sees")                         \
  X(kTracedSize, EACCES, "func '{text}' size {1} must be 8\ninvalid bpf_context access off={0} size={1}",              \
    "a pointer is read as a whole", "declare the argument with the pointer type that the function has")                \
  X(kContextModified, EACCES, "dereference of modified {t0} ptr R{r0} off={1} disallowed",                             \
    "the context pointer was moved before its use",                                                                    \
    "access fields as constant offsets from the unchanged context pointer")                                            \
  X(kContextVariable, EACCES, "variable {t0} access var_off={n1} disallowed",                                          \
    "the context is accessed at an offset that is not a constant", "use constant field offsets, or unroll the loop")   \
  X(kStackBounds, EACCES, "invalid{text} stack R{r0} off={0} size={1}",                                                \
    "the access lies outside of the function's 512 bytes of stack (or below what was written so far)",                 \
    "use offsets from -512 to -1, written before they are read")                                                       \
  X(kStackBoundsVariable, EACCES, "invalid variable-offset{text} stack R{r0} var_off={n0} size={2}",                   \
    "the variable offset may leave the function's stack", "bound the index before {use}")                              \
  X(kStackUnbounded, EACCES, "invalid unbounded variable-offset{text} stack R{r0}",                                    \
    "nothing bounds the offset into the stack", "bound the index on both sides before {use}")                          \
  X(kStackUninit, EACCES, "invalid read from stack off {0}+{1} size {2}",                                              \
    "these bytes of the stack were never written on this path", "initialise the variable before {use}")                \
  X(kStackUninitRange, EACCES, "invalid{text} read from stack R{r0} off {0}+{1} size {2}",                             \
    "the helper reads stack bytes that were never written on this path",                                               \
    "initialise the whole variable before {use}, padding included: struct key k = {{}};")                              \
  X(kStackUninitVariable, EACCES, "invalid{text} read from stack R{r0} var_off {n0}+{2} size {3}",                     \
    "some of the stack bytes that may be read were never written on this path",                                        \
    "initialise the whole array before {use}")                                                                         \
  X(kStackVariableAtomic, EACCES,                                                                                      \
    "variable offset stack pointer cannot be passed into helper function; var_off={n0} off={2} size={3}",              \
    "an atomic operation on the stack needs a constant offset", "use a map value, or a constant offset")               \
  X(kSpillSize, EACCES, "invalid size of register spill", "a pointer is stored in pieces",                             \
    "store all 8 bytes, at an 8-byte boundary")                                                                        \
  X(kFillSize, EACCES, "invalid size of register fill", "a stored pointer is read back in pieces", "read all 8 bytes") \
  X(kStackPointerEscapes, EINVAL, "cannot spill pointers to stack into stack frame of the caller",                     \
    "a pointer into this function's stack would outlive it", "return the value itself instead of its address")         \
  X(kReturnsStackPointer, EINVAL, "cannot return stack pointer to the caller",                                         \
    "a pointer into this function's stack would outlive it", "let the caller pass in the memory to fill")              \
  X(kAtomicTarget, EACCES, "BPF_ATOMIC stores into R{r0} {t0} is not allowed",                                         \
    "atomic operations work on the stack and on map values only", "keep the counter in a map value")                   \
  X(kDifferentPointers, EINVAL, "same insn cannot be used with different pointers",                                    \
    "this instruction reaches the context (or a socket, or a kernel object) on one path, and other memory on another", \
    "access the two in different branches: give each its own load or store")                                           \
  X(kTraceBufferNegative, EACCES, "R{r0} invalid tracepoint buffer access: off={0}, size={1}",                         \
    "the access lies before the tracepoint's buffer", "use offsets from 0 on")                                         \
  X(kTraceBufferVariable, EACCES, "R{r0} invalid variable buffer offset: off={0}, var_off={n1}",                       \
    "the tracepoint's buffer is accessed at an offset that is not a constant",                                         \
    "use constant offsets: how long the buffer is, is known only when the program is attached")                        \
  X(kSocketAccess, EACCES, "R{r0} invalid {t0} access off={1} size={2}",                                               \
    "a socket has no field that a program may read like this",                                                         \
    "read a field of struct bpf_sock at its own size; type, protocol, mark and priority need a full socket")           \
  X(kMapStructureNegative, EACCES, "R{r0} is {text} invalid negative access: off={0}",                                 \
    "the access lies before the map's structure", "use the map through helpers")                                       \
  X(kMapStructureField, EACCES, "cannot access {text} with off {0} size {1}",                                          \
    "of a map's own structure, programs may read the pointer at its start only",                                       \
    "look elements up with bpf_map_lookup_elem() and check the result")                                                \
  X(kMapStructureWrite, EACCES, "only read from {text} is supported",                                                  \
    "R{r0} is the map itself, not one of its elements",                                                                \
    "look an element up with bpf_map_lookup_elem() and write to that")                                                 \
  X(kKernelObjectRead, EACCES, "R{r0} is {t0} and this kernel has no BTF that describes it",                           \
    "where the fields of a kernel structure lie is not known here", "read it with bpf_probe_read_kernel()")            \
  X(kObjectNegative, EACCES, "R{r0} is ptr_{text} invalid negative access: off={0}",                                   \
    "the access lies before the structure", "access members from the pointer as the kernel gave it")                   \
  X(kObjectVariable, EACCES, "R{r0} is ptr_{text} invalid variable offset: off={0}, var_off={n1}",                     \
    "a structure of the kernel is accessed at an offset that is not a constant",                                       \
    "read it with bpf_probe_read_kernel()")                                                                            \
  X(kObjectOtherMemory, EACCES, "R{r0} is ptr_{text} access {second_text} memory: off={0}",                            \
    "the pointer does not point into the kernel's own memory",                                                         \
    "read user memory with bpf_probe_read_user(), per-CPU memory through bpf_per_cpu_ptr()")                           \
  X(kObjectBeyond, EACCES, "access beyond struct {text} at off {0} size {1}", "the structure ends before",             \
    "read a member of struct {text}, with its own type")                                                               \
  X(kObjectHole, EINVAL, "struct {text} doesn't have field at offset {0}", "no member of the structure lies there",    \
    "read a member of struct {text}; build with its definition in /sys/kernel/btf/vmlinux")                            \
  X(kObjectPartOfPointer, EACCES,                                                                                      \
    "cannot access ptr member {second_text} with moff {0} in struct {text} with off {1} size {2}",                     \
    "the member is a pointer, of which a part is read", "read the whole member {second_text}")                         \
  X(kObjectMemberEnd, EACCES,                                                                                          \
    "access beyond the end of member {second_text} (mend:{0}) in struct {text} with off {1} size {2}",                 \
    "the access goes on behind the member", "read the member {second_text} with its own type")                         \
  X(kObjectWrite, EACCES, "only read is supported", "programs may not change the kernel's objects",                    \
    "keep what is to be remembered in a map")                                                                          \
  X(kObjectPrivileged, EPERM, "'struct {text}' access is allowed only to CAP_PERFMON and CAP_SYS_ADMIN",               \
    "an unprivileged program would read the kernel's memory", "load the program as root")                              \
  X(kObjectLicense, EINVAL, "Cannot access kernel 'struct {text}' from non-GPL compatible program",                    \
    "the kernel's structures are for GPL-compatible programs only", "char LICENSE[] SEC(\"license\") = \"GPL\";")      \
  /* Arithmetic on pointers */                                                                                         \
  X(kPointerAlu32, EACCES, "R{r0} 32-bit pointer arithmetic prohibited",                                               \
    "a 32-bit operation would cut the pointer in half", "calculate with 64-bit types (long, __u64)")                   \
  X(kPointerOrNullMath, EACCES, "R{r0} pointer arithmetic on {t0} prohibited, null-check it first",                    \
    "the pointer may be NULL here", "check {var}, set at {def}, for NULL before {use}")                                \
  X(kPointerMath, EACCES, "R{r0} pointer arithmetic on {t0} prohibited", "this pointer must not be moved",             \
    "use it as it is")                                                                                                 \
  X(kPointerOperator, EACCES, "R{r0} pointer arithmetic with {text} operator prohibited",                              \
    "only adding and subtracting keep a pointer a pointer", "calculate the offset first, then add it to the pointer")  \
  X(kPointerBitwise, EACCES, "R{r0} bitwise operator {text} on pointer prohibited",                                    \
    "only adding and subtracting keep a pointer a pointer", "calculate the offset first, then add it to the pointer")  \
  X(kPointerPair, EACCES, "R{r0} pointer {text} pointer prohibited", "two pointers can only be subtracted",            \
    "calculate with offsets instead")                                                                                  \
  X(kScalarMinusPointer, EACCES, "R{r0} tried to subtract pointer from scalar", "the result would be no pointer",      \
    "subtract the number from the pointer")                                                                            \
  X(kStackMinus, EACCES, "R{r0} subtraction from stack pointer prohibited",                                            \
    "stack addresses are made by adding negative numbers", "add the negative offset to R10's copy")                    \
  X(kOffsetConstant, EINVAL, "math between {t0} pointer and {1} is not allowed",                                       \
    "the constant would move the pointer by 512 MiB or more", "keep offsets small")                                    \
  X(kOffsetFixed, EINVAL, "{t0} pointer offset {1} is not allowed", "the pointer has been moved by 512 MiB or more",   \
    "keep offsets small")                                                                                              \
  X(kOffsetUnbounded, EINVAL, "math between {t0} pointer and register with unbounded min value is not allowed",        \
    "nothing bounds the number that is added to the pointer",                                                          \
    "bound the index before {use}: if (i >= N) return 0; (and make it unsigned)")                                      \
  X(kOffsetHuge, EINVAL, "value {1} makes {t0} pointer be out of bounds",                                              \
    "the number that is added to the pointer may be 512 MiB or more", "bound the index before {use}")                  \
  /* Calls */                                                                                                          \
  X(kHelperUnknown, EINVAL, "invalid func unknown#{0}", "there is no helper with this number",                         \
    "use a helper of <bpf/bpf_helpers.h>; take its declaration from there")                                            \
  X(kHelperProgramType, EINVAL, "unknown func bpf_{h0}#{0}", "programs of this type may not call this helper",         \
    "use another helper, or another program type")                                                                     \
  X(kHelperLicense, EINVAL, "cannot call GPL-restricted function from non-GPL compatible program",                     \
    "bpf_{h0}() is for GPL-compatible programs only", "char LICENSE[] SEC(\"license\") = \"GPL\";")                    \
  X(kHelperNotBuilt, EINVAL, "func bpf_{h0}#{0} is not available in this kernel",                                      \
    "the helper is known, but this kernel has no function for it", "do without bpf_{h0}()")                            \
  X(kHelperArgument, EINVAL, "func bpf_{h0}#{0} takes an argument that this verifier cannot check",                    \
    "the verifier has no rule yet for one of the helper's arguments", "do without bpf_{h0}()")                         \
  X(kArgumentType, EACCES, "R{r0} type={t0} expected={text}", "the helper expects something else in this argument",    \
    "pass what the helper's prototype asks for; R{r0} was set at {def}")                                               \
  X(kArgumentOrNull, EACCES, "R{r0} type={t0} expected={text}", "the helper's argument may be NULL here",              \
    "check {var}, set at {def}, for NULL before {use}")                                                                \
  X(kObjectType, EACCES, "R{r0} is of type {text} but {second_text} is expected",                                      \
    "the helper takes a pointer to another structure", "pass a struct {second_text}; R{r0} was set at {def}")          \
  X(kNegativeOffset, EACCES, "negative offset {t0} ptr R{r0} off={1} disallowed",                                      \
    "the pointer was moved to before the object", "pass the pointer as it was given")                                  \
  X(kMapHelperPair, EINVAL, "cannot pass map_type {0} into func bpf_{h1}#{1}",                                         \
    "the helper does not work on maps of this type", "use the helper that belongs to the map's type")                  \
  X(kMapHelperWrite, EACCES, "write into map forbidden", "the map was created with BPF_F_RDONLY_PROG",                 \
    "change the map from user space, or create it without BPF_F_RDONLY_PROG")                                          \
  X(kSizeNegative, EACCES, "R{r0} min value is negative, either use unsigned or 'var &= const'",                       \
    "the size argument may be negative", "make the size unsigned, or bound it before {use}")                           \
  X(kSizeUnbounded, EACCES, "R{r0} unbounded memory access, use 'var &= const' or 'if (var < const)'",                 \
    "nothing bounds the size argument",                                                                                \
    "bound the size before {use}: size &= 63; or if (size > sizeof(buf)) return 0;")                                   \
  X(kZeroSize, EACCES, "invalid zero-sized read", "the size argument may be 0", "test the size before {use}")          \
  X(kGlobalArgument, EINVAL, "R{r0} is not a scalar",                                                                  \
    "a global function is verified for any number here, and gets something else",                                      \
    "pass a number, or make the function static")                                                                      \
  X(kGlobalContext, EINVAL, "arg#{0} expected pointer to ctx, but got {t1}",                                           \
    "a global function expects the context here", "pass the context on, or make the function static")                  \
  X(kGlobalNull, EINVAL, "arg#{0} is expected to be non-NULL", "the function does not expect NULL here",               \
    "check the pointer before {use}")                                                                                  \
  X(kCallbackNoType, EINVAL, "missing btf func_info", "nothing says what the function is whose address is taken",      \
    "compile with -g, and load with func_info")                                                                        \
  X(kCallbackNotStatic, EINVAL, "callback function not static",                                                        \
    "a global function cannot be called back: it is verified for other arguments", "make the callback static")         \
  X(kCallbackMap, ENOTSUPP, "callback function not allowed for map",                                                   \
    "the elements of maps of this type cannot be visited one by one", "use a hash or array map")                       \
  X(kCallbackResultType, EACCES, "R0 not a scalar value", "the callback returns something that is no number",          \
    "return 0 to go on, 1 to stop")                                                                                    \
  X(kCallbackResult, EINVAL, "At callback return the register R0 has value {n0} should have been in (0x0; 0x1)",       \
    "a callback returns 0 to go on or 1 to stop", "return 0 or 1")                                                     \
  X(kPacketProgram, EINVAL, "BPF_LD_[ABS|IND] instructions not allowed for this program type",                         \
    "only socket filters have a packet", "read memory with helpers")                                                   \
  X(kPacketContext, EINVAL, "at the time of BPF_LD_ABS|IND R6 != pointer to skb",                                      \
    "packet loads need the context pointer in R6", "keep the context in R6")                                           \
  X(kReferenceLeak, EINVAL, "Unreleased reference id={0} alloc_insn={1}",                                              \
    "the program ends on this path while it still holds what the call at insn {1} handed out",                         \
    "submit or discard the record on every path that leads to {use}")                                                  \
  X(kTailCallReference, EINVAL, "tail_call would lead to reference leak",                                              \
    "the program that is called does not know of what insn {1} handed out to this one",                                \
    "submit or discard the record before the tail call")                                                               \
  X(kPacketReference, EINVAL, "BPF_LD_[ABS|IND] cannot be mixed with socket references",                               \
    "a packet load that fails ends the program, which still holds what insn {1} handed out",                           \
    "read the packet first, or give back what is held before {use}")                                                   \
  X(kReleaseMoved, EACCES, "dereference of modified {t0} ptr R{r0} off={1} disallowed",                                \
    "the pointer was moved since the helper at {def} handed it out",                                                   \
    "keep the pointer as it was returned, and pass that")                                                              \
  X(kReleaseInCallback, EINVAL, "reference id={0} of the caller cannot be released in a callback",                     \
    "the callback may run any number of times, but what insn {1} handed out can be given back only once",              \
    "give it back in the function that reserved it, behind the call")                                                  \
  X(kSizeConstant, EACCES, "R{r0} is not a known constant'", "the size to reserve must be the same on every run",      \
    "pass sizeof(your struct)")                                                                                        \
  X(kMapSleepable, EINVAL, "Sleepable programs can only use array, hash, and ringbuf maps",                            \
    "maps of type {0} have no operations for programs that may sleep", "use an array, hash or ringbuf map")            \
  X(kMapLock, EINVAL, "{text} progs cannot use bpf_spin_lock yet",                                                     \
    "a program of this type may interrupt whoever holds the lock", "count with atomic operations, or in per-CPU maps") \
  X(kMapTimer, EINVAL, "tracing progs cannot use bpf_timer yet",                                                       \
    "starting a timer takes locks that the traced code may hold", "use a map without a timer in its values")           \
  X(kFieldOffsetVariable, EINVAL, "R{r0} doesn't have constant offset. {text} has to be at the constant offset",       \
    "the structure must lie at the same place in every value", "pass the address of the member itself")                \
  X(kFieldNoBtf, EINVAL, "map has to have BTF in order to use {text}",                                                 \
    "without the value's type nobody knows where the structure lies",                                                  \
    "define the map with its types in SEC(\".maps\"), and build with -g")                                              \
  X(kFieldMissing, EINVAL, "map has no valid {text}", "the map's value has no struct {text}, or more than one",        \
    "put one struct {text} into the value's structure")                                                                \
  X(kFieldOffset, EINVAL, "off {0} doesn't point to 'struct {text}' that is at {1}",                                   \
    "the map's value has its struct {text} at offset {1}", "pass the address of that member")                          \
  X(kFieldAccess, EACCES, "{text} cannot be accessed directly by load/store",                                          \
    "these bytes of the map's value belong to the kernel", "use the helpers for it, and access the members beside it") \
  X(kTimerMap, EINVAL, "timer pointer in R1 doesn't match map pointer in R{r0}",                                       \
    "the timer lies in another map's value", "pass the map whose element holds the timer")                             \
  X(kLockUnknown, EINVAL, "bpf_spin_lock of an unknown map value",                                                     \
    "nobody could say later whether it is this value's lock that is released",                                         \
    "look the element up again before {use}")                                                                          \
  X(kUnlockWithoutLock, EINVAL, "bpf_spin_unlock without taking a lock", "no lock is held on this path",               \
    "call bpf_spin_lock() on every path that leads to {use}")                                                          \
  X(kUnlockOther, EINVAL, "bpf_spin_unlock of different lock",                                                         \
    "the lock that insn {0} took lies in another value, or in the same one looked up again",                           \
    "unlock through the pointer that was locked")                                                                      \
  X(kLockMissingUnlock, EINVAL, "bpf_spin_unlock is missing",                                                          \
    "the program ends on this path with the lock that insn {0} took", "call bpf_spin_unlock() before {use}")           \
  X(kLockCall, EINVAL, "function calls are not allowed while holding a lock",                                          \
    "with the lock that insn {0} took, nothing but bpf_spin_unlock() may be called: the others may wait, or take "     \
    "long",                                                                                                            \
    "call it before bpf_spin_lock() or after bpf_spin_unlock()")                                                       \
  X(kLockGlobalCall, EINVAL,                                                                                           \
    "global function calls are not allowed while holding a lock,\nuse static function instead",                        \
    "a global function is verified without knowing of the lock that insn {0} took",                                    \
    "make the function static, or call it without the lock")                                                           \
  X(kDynptrVariable, EINVAL, "dynptr has to be at a constant offset",                                                  \
    "the verifier must know which bytes of the stack the dynptr takes", "pass the address of a variable of its own")   \
  X(kDynptrOffset, EINVAL, "cannot pass in dynptr at an offset={0}",                                                   \
    "a dynptr takes 16 bytes of the stack, aligned to 8, and is handed on by the address of the first",                \
    "pass the address of a struct bpf_dynptr on the stack")                                                            \
  X(kDynptrMemory, EACCES, "Unsupported reg type {t0} for bpf_dynptr_from_mem data",                                   \
    "a dynptr can be made of a map's value only", "pass memory of a map's value, a global variable for example")       \
  X(kDynptrUninit, EINVAL, "Expected an initialized dynptr as arg #{0}",                                               \
    "no helper made a dynptr of these bytes on this path, or something wrote over them",                               \
    "call bpf_dynptr_from_mem() or bpf_ringbuf_reserve_dynptr() for it before {use}")                                  \
  X(kDynptrNotAcquired, EINVAL, "arg {0} is an unacquired reference",                                                  \
    "there is no ring buffer's dynptr here, or it was given back already",                                             \
    "submit or discard what bpf_ringbuf_reserve_dynptr() made, once")                                                  \
  X(kDynptrOverwritten, EINVAL, "cannot overwrite referenced dynptr",                                                  \
    "the dynptr that insn {1} made must be given back first: without it that is impossible",                           \
    "submit or discard it before {use}")                                                                               \
  /* Exit */                                                                                                           \
  X(kExitAsyncType, EINVAL, "In async callback the register R0 is not a known value ({t0})",                           \
    "the callback must return 0", "return 0")                                                                          \
  X(kExitAsync, EINVAL, "At async callback the register R0 has value {n0} should have been in (0x0; 0x0)",             \
    "the callback must return 0", "return 0")                                                                          \
  X(kExitGlobal, EINVAL, "At subprogram exit the register R0 is not a scalar value ({t0})",                            \
    "a global function returns a number", "return a number, or make the function static")                              \
  X(kLeaksComparison, EACCES, "R{r0} pointer comparison prohibited",                                                   \
    "an unprivileged program would learn about a kernel address", "compare pointers with NULL only")                   \
  X(kLeaksStore, EACCES, "R{r0} leaks addr into {text}",                                                               \
    "an unprivileged program would write a kernel address where it can be read",                                       \
    "store numbers; keep pointers on the stack")                                                                       \
  X(kLeaksArgument, EACCES, "R{r0} leaks addr into helper function",                                                   \
    "an unprivileged program would hand a kernel address to a helper that takes any number", "pass a number")          \
  X(kLeaksArithmetic, EACCES, "R{r0} pointer arithmetic prohibited",                                                   \
    "an unprivileged program would make a number of a kernel address", "do not calculate with the bits of pointers")   \
  X(kLeaksPart, EACCES, "R{r0} partial copy of pointer",                                                               \
    "an unprivileged program would make a number of a kernel address", "copy the whole pointer")                       \
  X(kStackVariableUnprivileged, EACCES, "R{r0} variable offset stack access prohibited for !root, var_off={n0}",       \
    "an unprivileged program uses constant offsets on the stack", "use an array map")                                  \
  X(kLeaksReturn, EACCES, "R{r0} leaks addr as return value", "an unprivileged program would return a kernel address", \
    "return a number")                                                                                                 \
  X(kExitType, EINVAL, "At program exit the register R0 is not a known value ({t0})",                                  \
    "the program must return a number", "return 0")                                                                    \
  X(kExitRange, EINVAL, "At program exit the register R0 has value {n0} should have been in {n2}",                     \
    "programs of this type must return 0", "return 0")

namespace skep::bpf {

enum class Rule : uint16_t {
#define SKEP_RULE_ENUM(id, error, wording, meaning, remedy) id,
  SKEP_VERIFIER_RULES(SKEP_RULE_ENUM)
#undef SKEP_RULE_ENUM
};

namespace verifier {

struct RuleRow {
  std::string_view name;  // "kUninitRegister"
  Errno error;
  std::string_view wording;
  std::string_view meaning;
  std::string_view remedy;
};

inline constexpr RuleRow kRules[] = {
#define SKEP_RULE_ROW(id, error, wording, meaning, remedy) {#id, Errno::k##error, wording, meaning, remedy},
    SKEP_VERIFIER_RULES(SKEP_RULE_ROW)
#undef SKEP_RULE_ROW
};

constexpr const RuleRow& rule_row(Rule rule) { return kRules[static_cast<uint16_t>(rule)]; }

}  // namespace verifier
}  // namespace skep::bpf
