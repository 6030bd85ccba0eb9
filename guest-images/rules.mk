# guest-images/: operating systems to boot, put together from Debian's packages. Not part of `make all`: it fetches
# about 110 MB.
#   make guest-images      all of them, or one: make build/guest-images/linux-tiny.built
#   make guest-images-pin  the manifests anew, with the versions that the mirror has now
GUEST_RECIPES := $(patsubst guest-images/%.manifest,%,$(wildcard guest-images/*.manifest))
guest-images: $(GUEST_RECIPES:%=$(B)/guest-images/%.built)
# One after the other: they share the packages and the private apt.
$(B)/guest-images/%.built: guest-images/%.manifest guest-images/%.sh guest-images/build.sh guest-images/apt.sh \
		guest-images/initramfs.sh guest-images/init guest-images/grub.sh guest-images/disk.sh guest-images/iso.sh
	@mkdir -p $(@D)
	@echo guest-images: $*
	@B=$(B) flock $(B)/guest-images guest-images/build.sh $*
	@touch $@
guest-images-pin:
	@mkdir -p $(B)/guest-images
	@set -e; for r in $(GUEST_RECIPES); do B=$(B) flock $(B)/guest-images guest-images/build.sh --pin $$r; done
# The long proofs boot what can be had; without a mirror their tests say `skip`.
guest-images-if-possible:
	@$(MAKE) --no-print-directory -k guest-images || echo "guest-images: going on without what is missing"
CHECK_FULL_NEEDS += guest-images-if-possible
CHECK += guest-images/tests/workloads_list.sh
CHECK_FULL += guest-images/tests/rebuild.sh guest-images/tests/workloads.sh
.PHONY: guest-images guest-images-pin guest-images-if-possible

# Whole programs as tests: their rows for the collector, whether the image is built or not.
$(B)/work.list: guest-images/workloads.sh guest-images/workloads.manifest $(wildcard guest-images/workloads/*)
	@mkdir -p $(@D)
	guest-images/workloads/list >$@.new && mv $@.new $@
ALL += $(B)/work.list
$(B)/guest-images/workloads.built: $(filter-out %/list %/work.def,$(wildcard guest-images/workloads/*))
