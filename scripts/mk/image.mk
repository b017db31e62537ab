# The initramfs (cpio newc): programs, BPF objects, guest tests.
INITRAMFS := $(B)/initramfs.cpio
# Scripts and their expected output, for /tests/test_sh.
SH_TEST_FILES := $(wildcard tests/user/sh/*)

$(INITRAMFS): $(USER_BINS) $(BPF_OBJS) $(GUEST_TESTS) $(BPF_TEST_OBJS) $(SH_TEST_FILES) scripts/mkinitramfs.py $(call rglob,user/etc,*)
	$(call say,GEN)
	$(Q)$(PYTHON) scripts/mkinitramfs.py --output $@ --dir /dev --dir /proc --dir /sys --dir /tmp --dir /root \
	  $(foreach f,$(USER_BINS),--add $(f):/bin/$(notdir $(f))) \
	  $(foreach f,$(wildcard user/etc/*),--add $(f):/etc/$(notdir $(f))) \
	  $(foreach f,$(BPF_OBJS),--add $(f):/lib/bpf/$(notdir $(f))) \
	  $(foreach f,$(GUEST_TESTS),--add $(f):/tests/$(notdir $(f))) \
	  $(foreach f,$(BPF_TEST_OBJS),--add $(f):/tests/bpf/$(notdir $(f))) \
	  $(foreach f,$(SH_TEST_FILES),--add $(f):/tests/sh/$(notdir $(f)))
