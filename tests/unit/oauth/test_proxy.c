/* Which proxy counts: given, or the environment's, by the rules of libcurl. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "oauth/proxy.h"

static const char *const variables[] = {"https_proxy", "HTTPS_PROXY", "all_proxy",
                                        "ALL_PROXY",   "no_proxy",    "NO_PROXY"};

static int without_environment(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        unsetenv(variables[i]);
    return 0;
}

static void assert_proxy(const char *given, const char *host, const char *proxy_host,
                         int port)
{
    struct proxy proxy;

    proxy_choose(given, host, &proxy);
    if (!proxy_host) {
        assert_null(proxy.url);
    } else {
        assert_non_null(proxy.url);
        assert_string_equal(proxy.host, proxy_host);
        assert_int_equal(proxy.port, port);
        assert_int_equal(proxy.from_environment, !given || !given[0]);
    }
    proxy_free(&proxy);
}

static void test_without_any_there_is_none(void **state)
{
    (void)state;
    assert_proxy(NULL, "h", NULL, 0);
    assert_proxy("", "h", NULL, 0);
}

static void test_the_environment_is_asked_in_libcurls_order(void **state)
{
    (void)state;
    setenv("ALL_PROXY", "http://four:4", 1);
    assert_proxy(NULL, "h", "four", 4);
    setenv("all_proxy", "http://three:3", 1);
    assert_proxy(NULL, "h", "three", 3);
    setenv("HTTPS_PROXY", "http://two:2", 1);
    assert_proxy(NULL, "h", "two", 2);
    setenv("https_proxy", "http://one:1", 1);
    assert_proxy(NULL, "h", "one", 1);
    assert_proxy("http://given:5", "h", "given", 5);
}

static void test_ports_are_those_that_libcurl_takes(void **state)
{
    (void)state;
    assert_proxy("proxy", "h", "proxy", 1080);
    assert_proxy("proxy:3128", "h", "proxy", 3128);
    assert_proxy("http://proxy", "h", "proxy", 1080);
    assert_proxy("http://proxy/", "h", "proxy", 1080);
    assert_proxy("http://proxy:80", "h", "proxy", 80);
    assert_proxy("http://proxy:8080", "h", "proxy", 8080);
    assert_proxy("http://u:80@proxy", "h", "proxy", 1080);
    assert_proxy("https://proxy", "h", "proxy", 443);
    assert_proxy("socks5h://proxy", "h", "proxy", 1080);
    assert_proxy("socks5h://proxy:9", "h", "proxy", 9);
    assert_proxy("http://[::1]:3128", "h", "::1", 3128);
}

static void test_userinfo_is_not_in_the_name(void **state)
{
    struct proxy proxy;

    (void)state;
    proxy_choose("http://user:pass@proxy:3128", "h", &proxy);
    assert_string_equal(proxy.host, "proxy");
    proxy_free(&proxy);
    proxy_choose("http://user:pass@", "h", &proxy);
    assert_null(strstr(proxy.host ? proxy.host : "", "pass"));
    proxy_free(&proxy);
}

static void test_no_proxy_exempts_hosts_and_what_is_below(void **state)
{
    static const struct {
        const char *list, *host;
        bool exempt;
    } rows[] = {
        {"*", "any", true},
        {"example.com", "example.com", true},
        {"example.com", "EXAMPLE.com", true},
        {"example.com", "id.example.com", true},
        {".example.com", "id.example.com", true},
        {".example.com", "example.com", true},
        {"example.com", "badexample.com", false},
        {"id.example.com", "example.com", false},
        {"a, example.com ,b", "example.com", true},
        {"a b example.com", "example.com", true},
        {",", "example.com", false},
        {"127.0.0.1", "127.0.0.1", true},
        {"127.0.0.0/8", "127.9.9.9", true},
        {"127.0.0.0/8", "128.0.0.1", false},
        {"10.1.2.0/23", "10.1.3.4", true},
        {"10.1.2.0/23", "10.1.4.4", false},
        {"fd00::/8", "fd12::1", true},
        {"fd00::/8", "fe80::1", false},
        {"::1", "::1", true},
        {"[::1]", "::1", true},
        {"10.0.0.0/99", "10.0.0.1", false},
        {"10.0.0.0/x", "10.0.0.1", false},
        {"0.1", "10.0.0.1", false},
    };

    (void)state;
    setenv("https_proxy", "http://proxy:1", 1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        setenv("no_proxy", rows[i].list, 1);
        assert_proxy(NULL, rows[i].host, rows[i].exempt ? NULL : "proxy", 1);
    }
    assert_proxy("http://given:5", "example.com", "given", 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_without_any_there_is_none, without_environment),
        cmocka_unit_test_setup(test_the_environment_is_asked_in_libcurls_order,
                               without_environment),
        cmocka_unit_test_setup(test_ports_are_those_that_libcurl_takes,
                               without_environment),
        cmocka_unit_test_setup(test_userinfo_is_not_in_the_name, without_environment),
        cmocka_unit_test_setup(test_no_proxy_exempts_hosts_and_what_is_below,
                               without_environment),
    };

    return cmocka_run_group_tests_name("oauth/proxy", tests, NULL, NULL);
}
