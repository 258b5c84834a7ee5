# ./dev lint

# Leaves in build/unformatted the files that clang-format would change; fails when there are
# some, with 77 when it cannot be told.
check_format() {
    version=$(clang-format --version 2>/dev/null) || version=
    case $version in
    *' 14.'*) ;;
    *)
        note "clang-format 14 is not installed: form is not checked."
        return 77
        ;;
    esac
    mkdir -p build
    result=0
    find src ui tests -name node_modules -prune -o -name '*.[ch]' -print0 |
        xargs -0 -r clang-format --dry-run -Werror 2>build/format.log || result=1
    cat build/format.log >&2
    sed -n 's/:[0-9]*:[0-9]*: error: .*//p' build/format.log | sort -u >build/unformatted
    return "$result"
}

note_format() {
    note "clang-format 14 would change these: clang-format -i $(tr '\n' ' ' <build/unformatted)"
}

check_source() {
    command -v cppcheck >/dev/null || { note "cppcheck is not installed."; return 0; }
    attend_group cppcheck --quiet --std=c11 --enable=warning --inline-suppr \
        --error-exitcode=1 --library=posix --suppress=missingIncludeSystem -j2 \
        -I src -I . src ui
}

dev_lint() {
    need_build
    failed=
    check_format || [ $? -eq 77 ] || failed=format
    check_source || failed=${failed:-yes}
    build dev letterbox || failed=${failed:-yes}
    attend_group ctest --test-dir build/dev -L rules --output-on-failure || failed=${failed:-yes}
    [ "$failed" != format ] || note_format
    [ -z "$failed" ] || die 1 "lint found something."
}
