# shellcheck shell=bash disable=SC2154 # build.sh sets $work
# iso.sh: a function of build.sh for images of CDs.

# iso_image FOLDER VOLUME BOOT FILE OPTIONS...: an ISO 9660 image with Rock Ridge of the folder; BOOT, a file in it, is
# what El Torito starts, with the table of where it lies in its bytes 8 to 63.
iso_image() {
    local folder=$1 volume=$2 start=$3 file=$4
    shift 4
    find "$folder" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    # SOURCE_DATE_EPOCH gives xorriso the times and identifiers of the volume
    tool xorriso -no_rc -as mkisofs -quiet -r -J -V "$volume" -b "$start" -no-emul-boot -boot-load-size 4 -boot-info-table \
        "$@" -o "$file" "$folder" >"$work/xorriso.log" 2>&1 || die "xorriso: $(tail -n 1 "$work/xorriso.log")"
}
