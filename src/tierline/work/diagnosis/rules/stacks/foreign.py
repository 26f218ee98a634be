r"""Frames that are not the reporter's own: by the beginning of their name, and by where their source stands.

They are on nearly every stack, so they tell crashes apart badly. One line a family; a name ends where a pattern ends,
unless it says `\\w` or leaves the end open.
"""

import re

_C_LIBRARY = (
    r"abort|raise|gsignal|kill|tgkill|exit|run_exit_handlers|fork|clone3?|main|_?start|wmain|start_thread|thread_start",
    r"mem(?:cpy|move|set|cmp|chr|mem|ccpy|rchr)|b(?:cmp|copy|zero)|v?s?n?printf|syscall|str(?:to)\w{1,4}|ato[ifl]l?",
    r"str(?:n|case|ncase|r|l)?(?:cpy|cat|cmp|chr|len|str|dup|spn|cspn|pbrk|tok|coll|xfrm|ndup)|__?assert\w{0,20}",
    r"malloc|calloc|realloc|reallocarray|free|cfree|valloc|memalign|posix_memalign|aligned_alloc",
    r"kernel_rt_sigreturn|libc_start_\w{1,20}|libc_init",
)
_VARIANT = (
    r"(?:_(?:chk|impl|internal|base|perror_fail|(?:unaligned|avx|sse|evex)\w{0,30}))*(?:@@?[\w.]{1,20})?(?:-\w{1,30}){0,3}"
    r"(?:\.part\.\d{1,4}|\.localalias\.\d)?(?:\.S(?::\d{1,6})?)?$"
)
_FAMILIES = (
    # sanitizers, allocators and start-up code, behind underscores
    r"_{1,3}(?:asan|hwasan|msan|tsan|ubsan|lsan|dfsan|sanitizer|interceptor|gwp_asan|cfi|cxa|cxxabi|GI_|assert|libc)\w*",
    r"_{1,3}(?:restore_rt|kernel_\w{0,20}sigreturn|wrap_|rust_|scudo|kasan|hf_|aeabi_mem|pthread|start_thread)\w*",
    r"_{1,3}(?:bionic|futex|report_error|tmainCRT|Unwind)\w*",
    # the Linux kernel's own reporting
    r"kasan|dump_stack|dump_backtrace|show_stack|print_address_description|check_memory_region|panic\b|oops|die\b",
    # fuzzers and test harnesses
    r"_*(?:interceptor_|wrap_|HF_|Honggfuzz|honggfuzz|libfuzzer_sys|afl_|AFL|rust_fuzzer_test_input)",
    r"fuzzer::|fuzztest::|centipede::|testing::|TestOneProtoInput|RunOneInput|DefaultMutator|CrashTrampoline",
    # the C++ library and its way of giving up
    r"operator(?:\W|$)|std::|__gnu_cxx::|__cxxabiv1|__1::|abort_message|demangling_\w{1,20}handler|_objc_terminate",
    r"std_?terminate|default_terminate|unexpected_\w{1,8}handler|backtrace$|Unwind$|_*libunwind|demangle",
    # checks, logging and locks of large code bases: where a check is reported is not where it failed
    r"absl::(?:log_internal|cleanup_internal|Cleanup|base_internal|debugging)|google::(?:Log|Raw|Check)|logging::",
    r"base::debug::|base::ImmediateCrash|WTF::(?!RawPtr)|WTFCrash|WTFReport|v8::base::|V8_Fatal|V8_Dcheck",
    r"v8::api_internal::|v8::internal::(?:__RT_impl_)?Runtime_Abort|v8::internal::V8::FatalProcess|blink::ReportV8",
    r"v8::Utils::ReportApiFailure|Builtins_CEntry_\w{0,40}NoBuiltin|WebRtcFatal|rtc::FatalMessage|rtc_FatalMessage",
    r"SkAbort|sk_abort|sk_malloc|sk_throw|SkOutOfMemory|SkMutex::|OnNoMemory|_*android_log_assert",
    r"fidl::|fx_logger::|fx_logger_|syslog::|libc_io_functions_not_implemented",
    # Rust and Go
    r"core::(?:panicking|result|option|ops|slice::index|str)::|alloc::|rust_begin_unwind|rust_panic|std_detect",
    r"runtime[./]|panic$|testing\.|reflect\.|syscall\.|main\.|_cgoexp|sigpanic|crosscall",
    # Windows
    r"Ki(?:User|Raise|Fast)|Rtl(?:User|Raise|p|Report|Allocate|Free)|BaseThreadInitThunk|Nt[A-Z]\w{2,30}$",
    r"wmainCRT|mainCRT|invoke_main|__scrt_|heap_corruption$|MemoryProtection::|Ordinal\d+$",
    # Apple and Swift
    r"objc_|_?dispatch_|_sigtramp|sigaction|signal_handler|_?swift_|closure[ ]\#|partial[ ]apply|reabstraction[ ]thunk",
    r"Swift\.(?:_?assertionFailure|_?fatalError|_?precondition)|function[ ]signature[ ]spec",
)
_NAME = re.compile(
    rf"_*(?:GI_|libc_|pthread_|tls_)?(?:{'|'.join(_C_LIBRARY)}){_VARIANT}|" + "|".join(_FAMILIES).replace(r"[ ]", " ")
)
_UNNAMED = re.compile(
    r"(?:0x)?[0-9a-f`]{4,20}$|in$|<(?:unknown|unavailable|null)[^>]{0,20}>|\[?(?:vdso|unknown|stack|heap)\]?$|\?\?$"
    r"|\(No symbol\)|[\w.+-]{1,60}\.(?:so|dll|dylib|exe)(?:\.\d{1,3}){0,3}(?:\s|$|\+)|linux-gate|[(/<]|[A-Za-z]:\\"
    r"|_etext$|\.str(?:\.\d+)?$"
)
_PLACE = re.compile(
    r"compiler-rt|include/c\+\+|/libcxx/|libc\+\+|/libstdc\+\+|libFuzzer/|/libfuzzer/(?:Fuzzer|afl)|libfuzzer-sys"
    r"|honggfuzz/|afl_driver|/rustc/|library/(?:std|core|alloc)/src|googletest/|fuzztest/|third_party/centipede"
    r"|/llvm-build/|buildtools/third_party|ntdll|kernel32$|KERNEL32$|msvcrt|vcruntime|verifier\.dll|ucrtbase"
    r"|/libc/(?:bionic|arch|upstream)|vfbasics|vrfcore|libsystem_"
)


def is_unnamed(name: str) -> bool:
    """Nothing but an address, a module or a placeholder."""
    return not name or _UNNAMED.match(name) is not None


def is_foreign_name(name: str) -> bool:
    """A function of a runtime, without its arguments."""
    return _NAME.match(name) is not None


def is_foreign_place(place: str) -> bool:
    """A source file or module of a runtime."""
    return _PLACE.search(place) is not None
