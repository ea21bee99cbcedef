//! Limits of disks: `DEVICE:WEIGHT`, `DEVICE:RATE`.

use bollard::models::{ResourcesBlkioWeightDevice, ThrottleDevice};

use super::numbers::bytes;

fn path_and_value(text: &str) -> Result<(String, &str), String> {
    let (path, value) = text.split_once(':').ok_or_else(|| "write DEVICE:NUMBER".to_owned())?;
    if !path.starts_with("/dev/") {
        return Err("the device is one in /dev".to_owned());
    }
    Ok((path.to_owned(), value))
}

fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// `DEVICE:WEIGHT`.
pub(super) fn weight(text: &str) -> Result<ResourcesBlkioWeightDevice, String> {
    let (path, value) = path_and_value(text)?;
    let known = digits(value).filter(|weight| *weight == 0 || (10..=1000).contains(weight));
    let weight = known.ok_or_else(|| "a weight is 0 or from 10 to 1000".to_owned())?;
    Ok(ResourcesBlkioWeightDevice { path: Some(path), weight: Some(weight) })
}

/// `DEVICE:BYTES` of a second.
pub(super) fn bytes_per_second(text: &str) -> Result<ThrottleDevice, String> {
    let (path, value) = path_and_value(text)?;
    Ok(ThrottleDevice { path: Some(path), rate: Some(bytes(value)?) })
}

/// `DEVICE:OPERATIONS` of a second.
pub(super) fn operations_per_second(text: &str) -> Result<ThrottleDevice, String> {
    let (path, value) = path_and_value(text)?;
    let rate = digits(value).ok_or_else(|| "write a whole number of operations".to_owned())?;
    Ok(ThrottleDevice { path: Some(path), rate: Some(rate) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disks_have_weights_and_rates() {
        assert_eq!(weight("/dev/sda:500").unwrap().weight, Some(500));
        assert_eq!(bytes_per_second("/dev/sda:1mb").unwrap().rate, Some(1 << 20));
        assert_eq!(operations_per_second("/dev/sda:100").unwrap().rate, Some(100));
        for text in ["sda:500", "/dev/sda", "/dev/sda:5", "/dev/sda:1001", "/dev/sda:-1", ":500"] {
            assert!(weight(text).is_err(), "{text}");
        }
        assert!(bytes_per_second("/dev/sda:much").is_err());
        assert!(operations_per_second("/dev/sda:1k").is_err());
    }
}
