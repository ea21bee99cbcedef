//! `--gpus all`, `--gpus 2`, `--gpus 'device=0,driver=nvidia'`.

use bollard::models::DeviceRequest;

use super::csv::fields;
use super::limits::pairs;

/// What one `--gpus` asks for.
pub(super) fn parse(text: &str) -> Result<DeviceRequest, String> {
    let mut request = DeviceRequest::default();
    let mut seen: Vec<String> = Vec::new();
    for field in fields(text)? {
        let (key, value) = match field.split_once('=') {
            Some((key, value)) => (key, value),
            None => ("count", field.as_str()),
        };
        // A number without its name may stand behind a named one.
        if field.contains('=') && seen.iter().any(|known| known == key) || seen.contains(&field) {
            return Err(format!("{key} stands in it twice"));
        }
        seen.extend([key.to_owned(), field.clone()]);
        let list = || value.split(',').map(str::to_owned).collect::<Vec<_>>();
        match key {
            "count" => request.count = Some(count(value)?),
            "driver" => request.driver = Some(value.to_owned()),
            "device" => request.device_ids = Some(list()),
            "capabilities" => {
                let all = list().into_iter().chain(["gpu".to_owned()]).collect();
                request.capabilities = Some(vec![all]);
            }
            "options" => {
                let options = fields(value)?;
                request.options = pairs(options.iter().map(String::as_str));
            }
            _ => return Err(format!("no such field: {key}")),
        }
    }
    if !seen.iter().any(|key| key == "count") && request.device_ids.is_none() {
        request.count = Some(1);
    }
    request.capabilities.get_or_insert_with(|| vec![vec!["gpu".to_owned()]]);
    request.options.get_or_insert_default();
    Ok(request)
}

fn count(text: &str) -> Result<i64, String> {
    if text == "all" {
        return Ok(-1);
    }
    text.parse().map_err(|_| "it is all or a number".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gpus_are_counted_or_named() {
        let of = |text| parse(text).unwrap();
        assert_eq!(of("all").count, Some(-1));
        assert_eq!(of("2").count, Some(2));
        assert_eq!((of("driver=x").count, of("driver=x").driver), (Some(1), Some("x".to_owned())));
        let named = of("\"device=0,1\"");
        assert_eq!((named.count, named.device_ids.unwrap()), (None, vec!["0".into(), "1".into()]));
        assert_eq!(of("1,\"capabilities=a,b\"").capabilities.unwrap(), [["a", "b", "gpu"]]);
        assert_eq!(of("\"options=a=1,b=2\"").options.unwrap()["b"], "2");
        for text in ["", "some", "count=x", "count=1,count=2", "colour=red", "\"all"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
