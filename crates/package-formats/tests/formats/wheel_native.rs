//! Tags are claims; these wheels hold native code that says otherwise.

use crate::made_native::{
    ELF_ARM64, ELF_X64, MACH_ARM64, MACH_X64, PE_ARM64, PE_X64, elf, mach, mach_universal, pe,
};
use crate::made_wheel::MadeWheel;

const GNU: &[&str] = &["libc.so.6"];
const NONE: [&str; 0] = [];

#[test]
fn native_code_that_fits_its_tags_is_fine() {
    let gnu = || elf(ELF_X64, GNU, &["GLIBC_2.2.5", "GLIBC_2.17"]);
    for (tags, library, bytes) in [
        (
            "cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64",
            "hello_sdk/_core.abi3.so",
            gnu(),
        ),
        (
            "cp312-cp312-linux_x86_64",
            "hello_sdk/_core.cpython-312-x86_64-linux-gnu.so",
            gnu(),
        ),
        (
            "cp39-abi3-musllinux_1_2_aarch64",
            "hello_sdk/_core.abi3.so",
            elf(ELF_ARM64, &["libc.musl-aarch64.so.1"], &[]),
        ),
        (
            "py3-none-manylinux2010_x86_64.musllinux_1_1_x86_64",
            "hello_sdk-0.2.0.data/scripts/hello",
            elf(ELF_X64, &[], &[]),
        ),
        (
            "cp39-abi3-macosx_11_0_arm64",
            "hello_sdk/_core.abi3.so",
            mach(MACH_ARM64),
        ),
        (
            "cp39-abi3-macosx_11_0_arm64",
            "hello_sdk/_core.abi3.so",
            mach_universal(&[MACH_X64, MACH_ARM64]),
        ),
        (
            "cp39-abi3-macosx_10_12_universal2",
            "hello_sdk/_core.abi3.so",
            mach_universal(&[MACH_X64, MACH_ARM64]),
        ),
        ("cp39-abi3-win_amd64", "hello_sdk/_core.pyd", pe(PE_X64)),
        (
            "cp312-cp312-win_arm64",
            "hello_sdk/_core.cp312-win_arm64.pyd",
            pe(PE_ARM64),
        ),
        (
            "cp313-cp313t-win_amd64",
            "hello_sdk/_core.cp313t-win_amd64.pyd",
            pe(PE_X64),
        ),
    ] {
        assert_eq!(
            MadeWheel::native(tags, library, bytes).check(),
            NONE,
            "{tags} {library}"
        );
    }
}

#[test]
fn native_code_for_another_machine_is_found() {
    for (tags, library, bytes, message) in [
        (
            "cp39-abi3-manylinux_2_17_aarch64",
            "hello_sdk/_core.abi3.so",
            elf(ELF_X64, GNU, &[]),
            "`hello_sdk/_core.abi3.so` is ELF for x64, the platform tag is `manylinux_2_17_aarch64`",
        ),
        (
            "cp39-abi3-macosx_11_0_arm64",
            "hello_sdk/_core.abi3.so",
            mach(MACH_X64),
            "`hello_sdk/_core.abi3.so` is Mach-O for x64, the platform tag is `macosx_11_0_arm64`",
        ),
        (
            "cp39-abi3-macosx_10_12_universal2",
            "hello_sdk/_core.abi3.so",
            mach(MACH_ARM64),
            "`hello_sdk/_core.abi3.so` is Mach-O for arm64, the platform tag is `macosx_10_12_universal2`",
        ),
        (
            "cp39-abi3-win_arm64",
            "hello_sdk/_core.pyd",
            pe(PE_X64),
            "`hello_sdk/_core.pyd` is PE for x64, the platform tag is `win_arm64`",
        ),
        (
            "cp39-abi3-win_amd64",
            "hello_sdk/_core.pyd",
            elf(ELF_X64, &[], &[]),
            "`hello_sdk/_core.pyd` is ELF for x64, the platform tag is `win_amd64`",
        ),
        (
            "py3-none-win_amd64",
            "hello_sdk-0.2.0.data/scripts/hello.exe",
            pe(PE_ARM64),
            "`hello_sdk-0.2.0.data/scripts/hello.exe` is PE for arm64, the platform tag is `win_amd64`",
        ),
        (
            "py3-none-any",
            "hello_sdk/libhello.so",
            elf(ELF_X64, GNU, &[]),
            "`hello_sdk/libhello.so` is native (ELF for x64), and the platform tag is `any`",
        ),
        (
            "cp39-abi3-manylinux_2_17_x86_64",
            "hello_sdk/_core.abi3.so",
            b"INPUT(libother.so)".to_vec(),
            "`hello_sdk/_core.abi3.so` is unreadable native code: it is neither ELF, Mach-O nor PE",
        ),
    ] {
        let found = MadeWheel::native(tags, library, bytes).check();
        assert_eq!(found, [format!("native-machine: {message}")]);
    }
}

#[test]
fn launchers_for_windows_may_be_in_any_wheel() {
    let wheel = MadeWheel::pure().file("hello_sdk/t64.exe", pe(PE_X64));
    assert_eq!(wheel.check(), NONE);
    let linux = MadeWheel::native(
        "py3-none-manylinux_2_17_x86_64",
        "hello_sdk/t64.exe",
        pe(PE_X64),
    );
    assert_eq!(linux.check(), NONE);
}

#[test]
fn a_text_that_starts_like_native_code_is_no_library() {
    let wheel = MadeWheel::pure().file("hello_sdk/mz.txt", "MZ is how programs for DOS start\n");
    assert_eq!(wheel.check(), NONE);
}

#[test]
fn a_library_that_needs_a_newer_glibc_than_its_lowest_tag_is_found() {
    let library = elf(
        ELF_X64,
        GNU,
        &["GLIBC_2.2.5", "GLIBC_2.34", "GLIBC_PRIVATE"],
    );
    let tags = "cp39-abi3-manylinux_2_28_x86_64.manylinux2014_x86_64";
    assert_eq!(
        MadeWheel::native(tags, "hello_sdk/_core.abi3.so", library.clone()).check(),
        [
            "manylinux-glibc: `hello_sdk/_core.abi3.so` needs glibc 2.34, `manylinux2014_x86_64` allows 2.17"
        ]
    );
    let bare = MadeWheel::native(
        "cp39-abi3-linux_x86_64",
        "hello_sdk/_core.abi3.so",
        library.clone(),
    );
    assert_eq!(bare.check(), NONE);
    let newer = MadeWheel::native(
        "cp39-abi3-manylinux_2_34_x86_64",
        "hello_sdk/_core.abi3.so",
        library,
    );
    assert_eq!(newer.check(), NONE);
}

#[test]
fn a_library_for_the_other_c_library_is_found() {
    let musl = elf(ELF_X64, &["libc.musl-x86_64.so.1"], &[]);
    assert_eq!(
        MadeWheel::native(
            "cp39-abi3-manylinux_2_17_x86_64",
            "hello_sdk/_core.abi3.so",
            musl
        )
        .check(),
        [
            "native-libc: `hello_sdk/_core.abi3.so` needs `libc.musl-x86_64.so.1`, which `manylinux_2_17_x86_64` does not have"
        ]
    );
    let gnu = elf(ELF_X64, GNU, &[]);
    assert_eq!(
        MadeWheel::native(
            "cp39-abi3-musllinux_1_2_x86_64",
            "hello_sdk/_core.abi3.so",
            gnu
        )
        .check(),
        [
            "native-libc: `hello_sdk/_core.abi3.so` needs `libc.so.6`, which `musllinux_1_2_x86_64` does not have"
        ]
    );
}

#[test]
fn a_module_for_another_python_is_found() {
    for (tags, module, suffix, abi) in [
        (
            "cp39-abi3-linux_x86_64",
            "_core.cpython-312-x86_64-linux-gnu.so",
            "cp312",
            "abi3",
        ),
        (
            "cp312-cp312-linux_x86_64",
            "_core.cpython-311-x86_64-linux-gnu.so",
            "cp311",
            "cp312",
        ),
        (
            "cp313-cp313t-linux_x86_64",
            "_core.abi3.so",
            "abi3",
            "cp313t",
        ),
        ("py3-none-linux_x86_64", "_core.abi3.so", "abi3", "none"),
    ] {
        let library = format!("hello_sdk/{module}");
        let found = MadeWheel::native(tags, &library, elf(ELF_X64, GNU, &[])).check();
        assert_eq!(
            found,
            [format!(
                "abi-suffix: `{library}` is a module for `{suffix}`, the ABI tag is `{abi}`"
            )]
        );
    }
}

#[test]
fn a_pure_wheel_with_a_library_is_found_unless_it_is_data() {
    let library = elf(ELF_X64, GNU, &[]);
    let pure = MadeWheel::with_tags("cp39-abi3-linux_x86_64", true);
    let found = pure
        .file("hello_sdk/_core.abi3.so", library.clone())
        .check();
    assert_eq!(
        found,
        [
            "root-is-purelib: `hello_sdk/_core.abi3.so` is native, but WHEEL says `Root-Is-Purelib: true`"
        ]
    );
    let data = MadeWheel::with_tags("cp39-abi3-linux_x86_64", true)
        .file("hello_sdk-0.2.0.data/platlib/_core.abi3.so", library);
    assert_eq!(data.check(), NONE);
}
