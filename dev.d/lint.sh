# ./dev lint

check_format() {
    version=$(clang-format --version 2>/dev/null) || version=
    case $version in
    *' 14.'*) ;;
    *)
        note "clang-format 14 is not installed: form is not checked."
        return 0
        ;;
    esac
    find src ui tests -name node_modules -prune -o -name '*.[ch]' -print0 |
        xargs -0 -r clang-format --dry-run -Werror
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
    check_format || failed=yes
    check_source || failed=yes
    build dev letterbox || failed=yes
    attend_group ctest --test-dir build/dev -L rules --output-on-failure || failed=yes
    [ -z "$failed" ] || die 1 "lint found something."
}
