//! Who may read layer folders. A reader without the right gets no error where it
//! matters most: the kernel shows `trusted.` attributes, which mark opaque
//! directories, only to processes with `CAP_SYS_ADMIN`, and leaves them out for
//! others.

use std::fs;

use super::StorageError;

/// The bit of `CAP_SYS_ADMIN`.
const SYS_ADMIN: u32 = 21;

pub(super) fn check() -> Result<(), StorageError> {
    let text = |path| fs::read_to_string(path).unwrap_or_default();
    if !has_sys_admin(&text("/proc/self/status")) {
        return Err(StorageError::NotPermitted("this user has no CAP_SYS_ADMIN"));
    }
    if !is_first_namespace(&text("/proc/self/uid_map")) {
        return Err(StorageError::NotPermitted("this is a user namespace"));
    }
    // A file of such a layer may have metadata only, without its bytes.
    if text("/sys/module/overlay/parameters/metacopy").trim() == "Y" {
        return Err(StorageError::Feature("metacopy"));
    }
    Ok(())
}

fn has_sys_admin(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> SYS_ADMIN & 1 == 1)
}

/// Within another user namespace a capability covers only what that one owns.
fn is_first_namespace(map: &str) -> bool {
    map.split_whitespace().eq(["0", "0", "4294967295"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_capability_is_read_from_the_effective_set() {
        let status = |mask: &str| format!("Name:\tx\nCapPrm:\t000001ffffffffff\nCapEff:\t{mask}\n");
        assert!(has_sys_admin(&status("000001ffffffffff")));
        assert!(has_sys_admin(&status("0000000000200000")));
        // What docker run gives by default.
        assert!(!has_sys_admin(&status("00000000a80425fb")));
        assert!(!has_sys_admin(""));
    }

    #[test]
    fn a_mapped_root_is_distinguished_from_the_real_one() {
        assert!(is_first_namespace("         0          0 4294967295\n"));
        assert!(!is_first_namespace("         0       1000          1\n"));
        assert!(!is_first_namespace("0 1000 1\n1 100000 65536\n"));
    }
}
