# user/libbpf on the host: the sources of the guest's library against a fake kernel (tests/host/libbpf), under the sanitisers
# and as part of the host tests. sys.cc and memory.cc, the guest's system calls and memory, stay
# out.
LIBBPF_HOST_SRCS := $(filter-out user/libbpf/sys.cc user/libbpf/memory.cc,$(call rglob,user/libbpf,*.cc))
LIBBPF_HOST_OBJS := $(LIBBPF_HOST_SRCS:%=$(B)/h/%.o)
LIBBPF_TEST_SRCS := $(call rglob,tests/host/libbpf,*.cc)
# libbpf against the real BPF core: only in the host tests, which have one.
LIBBPF_CORE_TEST_OBJS := $(patsubst %,$(B)/h/%.o,$(call rglob,tests/host/libbpf_core,*.cc))
LIBBPF_TEST_OBJS := $(LIBBPF_TEST_SRCS:%=$(B)/h/%.o)

# LIBBPF_OPTS leaves fields out on purpose.
LIBBPF_WARN := -Wno-missing-designated-field-initializers
$(LIBBPF_HOST_OBJS) $(LIBBPF_TEST_OBJS) $(LIBBPF_CORE_TEST_OBJS): HOST_CXXFLAGS += -isystem user/libbpf/include -I$(B)/gen -DSKEP_BUILD_DIR='"$(B)"' $(LIBBPF_WARN)
$(LIBBPF_OBJS): USER_CXXFLAGS += $(LIBBPF_WARN)

# Every function that our headers declare: the test compares its type with that of Debian's libbpf-dev.
$(B)/gen/libbpf_api.inc: $(wildcard user/libbpf/include/bpf/*.h)
	@mkdir -p $(@D)
	$(Q)cat $^ | grep -oE '\b(bpf|btf|libbpf)_[a-z0-9_]+\(' | grep -v __for_each_ | sort -u | sed 's/(//; s/.*/API(&)/' > $@
# Objects that only the parser sees.
LIBBPF_DATA_OBJS := $(patsubst tests/data/%.bpf.c,$(B)/tests/data/%.bpf.o,$(wildcard tests/data/*.bpf.c))
$(B)/tests/data/%.bpf.o: tests/data/%.bpf.c
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@
$(LIBBPF_TEST_OBJS) $(LIBBPF_CORE_TEST_OBJS): | $(B)/gen/libbpf_api.inc $(BPF_OBJS) $(BPF_TEST_OBJS) $(LIBBPF_DATA_OBJS)
-include $(LIBBPF_DATA_OBJS:.o=.d)

# Part of the host tests, and a program of its own.
$(HOST_TESTS): $(LIBBPF_HOST_OBJS)
LIBBPF_TESTS := $(B)/host/libbpf-tests
$(LIBBPF_TESTS): $(LIBBPF_TEST_OBJS) $(LIBBPF_HOST_OBJS) $(B)/h/tests/host/main.cc.o
	@mkdir -p $(@D)
	$(Q)$(CLANGXX) $(HOST_LDFLAGS) $(HOST_SAN) $^ -o $@

-include $(LIBBPF_HOST_OBJS:.o=.d)

BPFTOOL ?= /usr/sbin/bpftool
# A skeleton for the guest's test of skeletons, written by the host's bpftool.
$(B)/gen/%.skel.h: $(B)/tests/bpf/%.bpf.o
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name $* > $@
$(B)/u/tests/guest/test_skeleton.c.o: $(B)/gen/globals.skel.h
$(B)/u/tests/guest/test_skeleton.c.o: USER_CFLAGS += -I$(B)/gen -Wno-unused-function
