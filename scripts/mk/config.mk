# Tools and flags.
LLVM_VERSION := 19
CLANG   := clang-$(LLVM_VERSION)
CLANGXX := clang++-$(LLVM_VERSION)
LLD     := ld.lld-$(LLVM_VERSION)
LLVM_NM := llvm-nm-$(LLVM_VERSION)
LLVM_OBJCOPY := llvm-objcopy-$(LLVM_VERSION)
LLVM_OBJDUMP := llvm-objdump-$(LLVM_VERSION)
LLVM_AR := llvm-ar-$(LLVM_VERSION)
PYTHON  := python3
QEMU    := qemu-system-riscv64
QEMU_USER := qemu-riscv64

LLVM_DIR    := /usr/lib/llvm-$(LLVM_VERSION)
LIBCXX_DIR  := $(LLVM_DIR)/include/c++/v1
CLANG_HDRS  := $(LLVM_DIR)/lib/clang/$(LLVM_VERSION)/include

WARN := -Wall -Wextra -Werror -Wthread-safety
CXX_COMMON := -std=c++23 -fno-exceptions -fno-rtti $(WARN) -g
# Every compile writes its dependencies and its line of compile_commands.json beside the object.
DEPFLAGS = -MMD -MP -MJ $@.json

# The kernel: no floating point, high addresses reached pc-relative, libc++ freestanding.
KERNEL_TARGET := --target=riscv64-unknown-elf -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -mno-relax
FREESTANDING_INC := -nostdinc -nostdinc++ -isystem kernel/lib/libcxx -isystem $(LIBCXX_DIR) \
                    -isystem kernel/lib/libcxx/c -isystem $(CLANG_HDRS)
KERNEL_CXXFLAGS := $(KERNEL_TARGET) $(CXX_COMMON) -O2 -ffreestanding $(FREESTANDING_INC) -Ikernel \
                   -fno-omit-frame-pointer -momit-leaf-frame-pointer -fno-stack-protector -fno-threadsafe-statics -fno-pic \
                   -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections
KERNEL_ASFLAGS  := $(KERNEL_TARGET) -g -Ikernel

# User space of the guest: static riscv64 programs on our own libc (user/include, user/libc).
USER_TARGET := --target=riscv64-unknown-linux-gnu -march=rv64gc -mabi=lp64d -mno-relax
USER_INC    := -nostdinc -Iuser/include -Iuser/libbpf/include -Ikernel
USER_CODEGEN := -O2 -g -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections
USER_CFLAGS := $(USER_TARGET) $(USER_CODEGEN) -std=gnu17 -Wall -Wextra -Werror $(USER_INC) -isystem $(CLANG_HDRS)
USER_CXXFLAGS := $(USER_TARGET) $(CXX_COMMON) $(USER_CODEGEN) -nostdinc -nostdinc++ -fno-threadsafe-statics -isystem kernel/lib/libcxx \
                 -isystem $(LIBCXX_DIR) -isystem user/include -isystem user/libbpf/include -Ikernel -isystem $(CLANG_HDRS)
USER_LDFLAGS := -static -nostdlib --gc-sections -z max-page-size=4096

# The host: the same BPF sources, under AddressSanitizer and UndefinedBehaviorSanitizer.
HOST_SAN      := -fsanitize=address,undefined -fno-sanitize-recover=all
HOST_CXXFLAGS := -std=c++23 -stdlib=libc++ $(WARN) -g -O1 -Ikernel -I. -fno-omit-frame-pointer
HOST_LDFLAGS  := -stdlib=libc++ -fuse-ld=lld-$(LLVM_VERSION)

# $(call rglob,dir,pattern): all files below dir.
rglob = $(sort $(shell find $(1) -name '$(2)' 2>/dev/null))

# Short lines while building; `make V=1` shows the commands.
Q := $(if $(V),,@)
say = @printf '  %-4s %s\n' $(1) $@
