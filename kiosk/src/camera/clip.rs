//! Plays a clip (YUV4MPEG2, grey or 4:2:0) as if a camera took it: at its own
//! rate, over and over. Only the grey values are read.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::frame::{Luma, check_size};

use super::{Camera, CameraFault};

/// The longest line of a clip's or a frame's header, in bytes.
const MAX_LINE: u64 = 256;
/// The slowest and fastest rate played, in frames a second.
const RATES: std::ops::RangeInclusive<f64> = 0.2..=240.0;

/// What a clip's header says.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Header {
    width: usize,
    height: usize,
    /// Bytes of colour after the grey of each frame.
    colour_bytes: u64,
    pace: Duration,
}

impl Header {
    fn parse(line: &str) -> Result<Self, String> {
        let mut words = line.split(' ');
        if words.next() != Some("YUV4MPEG2") {
            return Err("not a clip (YUV4MPEG2)".to_owned());
        }
        let (mut width, mut height, mut rate, mut colour) = (None, None, None, "420");
        for word in words {
            match word.split_at_checked(1) {
                Some(("W", number)) => width = number.parse().ok(),
                Some(("H", number)) => height = number.parse().ok(),
                Some(("F", ratio)) => rate = parse_rate(ratio),
                Some(("C", kind)) => colour = kind,
                Some(_) | None => {}
            }
        }
        let (width, height) = (width.unwrap_or(0), height.unwrap_or(0));
        check_size(width, height).map_err(|bad| bad.to_string())?;
        Ok(Self {
            width,
            height,
            colour_bytes: colour_bytes(colour, width, height)?,
            pace: rate.ok_or("its rate is missing, or not 0.2 to 240 frames a second")?,
        })
    }
}

fn parse_rate(ratio: &str) -> Option<Duration> {
    let (frames, seconds) = ratio.split_once(':')?;
    let frames: u32 = frames.parse().ok()?;
    let seconds: u32 = seconds.parse().ok()?;
    let rate = f64::from(frames) / f64::from(seconds);
    RATES
        .contains(&rate)
        .then(|| Duration::from_secs_f64(1.0 / rate))
}

fn colour_bytes(kind: &str, width: usize, height: usize) -> Result<u64, String> {
    let quarter = width.div_ceil(2) * height.div_ceil(2);
    match kind {
        "mono" => Ok(0),
        "420" | "420jpeg" | "420mpeg2" | "420paldv" => Ok(2 * quarter as u64),
        other => Err(format!("its colours are {other:?}; mono or 420 is played")),
    }
}

/// A clip that is being played.
pub(super) struct Clip {
    path: PathBuf,
    file: BufReader<File>,
    header: Header,
    first_frame_at: u64,
    frames_since_start: u64,
}

impl Clip {
    /// Opens a clip and checks its header and its first frame.
    pub fn open(path: &Path) -> Result<Self, CameraFault> {
        Self::opened(path).map_err(|why| bad(path, why))
    }

    fn opened(path: &Path) -> Result<Self, String> {
        let mut file = BufReader::new(File::open(path).map_err(|why| why.to_string())?);
        let line = line_of(&mut file)?.ok_or("it is empty")?;
        let header = Header::parse(&line)?;
        let first_frame_at = file.stream_position().map_err(|why| why.to_string())?;
        let mut clip = Self {
            path: path.to_owned(),
            file,
            header,
            first_frame_at,
            frames_since_start: 0,
        };
        clip.next_frame()?;
        clip.rewind()?;
        Ok(clip)
    }

    /// The next frame, the first one again after the last.
    fn next_frame(&mut self) -> Result<Luma, String> {
        if let Some(frame) = self.frame()? {
            return Ok(frame);
        }
        if self.frames_since_start == 0 {
            return Err("it has no frames".to_owned());
        }
        self.rewind()?;
        self.frame()?.ok_or_else(|| "it became empty".to_owned())
    }

    fn rewind(&mut self) -> Result<(), String> {
        self.frames_since_start = 0;
        let start = SeekFrom::Start(self.first_frame_at);
        self.file.seek(start).map_err(|why| why.to_string())?;
        Ok(())
    }

    fn frame(&mut self) -> Result<Option<Luma>, String> {
        let Some(line) = line_of(&mut self.file)? else {
            return Ok(None);
        };
        if line != "FRAME" && !line.starts_with("FRAME ") {
            return Err("a frame does not begin with FRAME".to_owned());
        }
        let Header {
            width,
            height,
            colour_bytes,
            ..
        } = self.header;
        let mut pixels = vec![0; width * height];
        self.file.read_exact(&mut pixels).map_err(|why| cut(&why))?;
        self.skip(colour_bytes)?;
        self.frames_since_start += 1;
        Luma::new(width, height, pixels)
            .map(Some)
            .map_err(|bad| bad.to_string())
    }

    fn skip(&mut self, bytes: u64) -> Result<(), String> {
        let mut colour = (&mut self.file).take(bytes);
        let skipped = std::io::copy(&mut colour, &mut std::io::sink());
        match skipped.map_err(|why| why.to_string())? {
            all if all == bytes => Ok(()),
            _ => Err(cut(&ErrorKind::UnexpectedEof.into())),
        }
    }
}

fn cut(why: &std::io::Error) -> String {
    match why.kind() {
        ErrorKind::UnexpectedEof => "it ends within a frame".to_owned(),
        _ => why.to_string(),
    }
}

/// One line without its end; `None` at the end of the file.
fn line_of(file: &mut impl BufRead) -> Result<Option<String>, String> {
    let mut line = Vec::new();
    let read = file.take(MAX_LINE).read_until(b'\n', &mut line);
    if read.map_err(|why| why.to_string())? == 0 {
        return Ok(None);
    }
    if line.pop() != Some(b'\n') {
        return Err(format!("a header longer than {MAX_LINE} bytes"));
    }
    let text = String::from_utf8(line).map_err(|_| "a header that is no text")?;
    Ok(Some(text))
}

impl Camera for Clip {
    fn newest(&mut self, _: Duration) -> Result<Option<Luma>, CameraFault> {
        let frame = self.next_frame();
        frame.map(Some).map_err(|why| bad(&self.path, why))
    }

    fn pace(&self) -> Duration {
        self.header.pace
    }
}

fn bad(path: &Path, why: String) -> CameraFault {
    let path = path.to_owned();
    CameraFault::Clip { path, why }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]

    use proptest::prelude::*;

    use super::*;

    /// Opens these bytes as a clip and takes up to four frames.
    fn play(bytes: &[u8]) -> Result<Vec<Luma>, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let mut clip = Clip::opened(file.path())?;
        (0..4).map(|_| clip.next_frame()).collect()
    }

    #[test]
    fn a_grey_clip_plays_over_and_over() {
        let frames = play(b"YUV4MPEG2 W2 H1 F10:1 Cmono\nFRAME\nabFRAME Ip\ncd").unwrap();
        let greys: Vec<&[u8]> = frames.iter().map(Luma::pixels).collect();
        assert_eq!(greys, [b"ab", b"cd", b"ab", b"cd"]);
    }

    #[test]
    fn the_colours_of_a_clip_are_skipped() {
        let frames = play(b"YUV4MPEG2 W3 H1 F25:1 C420jpeg\nFRAME\nabcUUVVFRAME\ndefUUVV").unwrap();
        assert_eq!(frames[1].pixels(), b"def");
    }

    #[test]
    fn hostile_clips_are_refused_with_what_is_wrong() {
        let long = [b"YUV4MPEG2 W2 H1 F1:1 X".as_slice(), &[b'x'; 400], b"\n"].concat();
        let cases: [(&[u8], &str); 13] = [
            (b"", "it is empty"),
            (b"RIFFAVI \n", "not a clip"),
            (&long, "longer than 256"),
            (b"YUV4MPEG2 W2 H1 F1:1", "longer than 256"),
            (b"YUV4MPEG2 W2 F1:1 Cmono\n", "each side must be"),
            (
                b"YUV4MPEG2 W99999999 H99999999 F1:1 Cmono\n",
                "each side must be",
            ),
            (b"YUV4MPEG2 W-2 H1 F1:1 Cmono\n", "each side must be"),
            (b"YUV4MPEG2 W2 H1 F1:0 Cmono\nFRAME\nab", "rate"),
            (b"YUV4MPEG2 W2 H1 F0:0 Cmono\nFRAME\nab", "rate"),
            (b"YUV4MPEG2 W2 H1 F1:1 C444p16\nFRAME\nab", "mono or 420"),
            (b"YUV4MPEG2 W2 H1 F1:1 Cmono\n", "no frames"),
            (b"YUV4MPEG2 W2 H1 F1:1 Cmono\nFRAME\na", "within a frame"),
            (
                b"YUV4MPEG2 W2 H1 F1:1 Cmono\nFRAMEab\nab",
                "begin with FRAME",
            ),
        ];
        for (bytes, wrong) in cases {
            let said = play(bytes).unwrap_err();
            assert!(said.contains(wrong), "{said} | {wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_clip_whatever_ends_the_program(words in "[WHFCX0-9:mono ]{0,40}", tail in any::<Vec<u8>>()) {
            let mut bytes = format!("YUV4MPEG2 {words}\n").into_bytes();
            bytes.extend(tail);
            drop(play(&bytes));
        }
    }
}
