using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Headrace.Worker.Warm;

/// <summary>
/// Writes and reads the frames of docs/warm-protocol.md: a length of four bytes, a type of one byte, and the content.
/// Numbers are little-endian. Pure.
/// </summary>
internal static class WarmCodec
{
    public const uint Version = 1;

    /// <summary>The protocol version of processes that also receive trace contexts and cancellation reasons.</summary>
    public const uint Version2 = 2;

    /// <summary>The protocol version of processes whose jobs may also submit children.</summary>
    public const uint Version3 = 3;

    /// <summary>
    /// Maximum size of a frame that is read, excluding its length field: enough for a result of 1 MB, or for the text
    /// of an error. A larger result is skipped, and any other larger frame violates the protocol.
    /// </summary>
    public const int MaxFrame = (1 << 20) + (64 << 10);

    /// <summary>The number of bytes that are needed to skip a frame: its length, type and id.</summary>
    public const int SkipHeader = LengthSize + TypeSize + sizeof(uint);

    private const int LengthSize = sizeof(uint);
    private const int TypeSize = 1;
    private const int JobHeader = (5 * sizeof(uint)) + sizeof(ulong);

    /// <summary>Appends a frame.</summary>
    public static void Write(ArrayBufferWriter<byte> to, WarmFrame frame)
    {
        var start = to.WrittenCount;
        WriteNumber(to, 0);
        WriteByte(to, (byte)TypeOf(frame));
        WriteContent(to, frame);
        // The length is known only now. The bytes were written above and belong to this writer.
        var written = System.Runtime.InteropServices.MemoryMarshal.AsMemory(to.WrittenMemory)[start..];
        BinaryPrimitives.WriteUInt32LittleEndian(written.Span, (uint)(written.Length - LengthSize));
    }

    /// <summary>
    /// Reads the frame at the start of the bytes. Returns null if it is not complete. Throws
    /// <see cref="WarmProtocolException"/> if it is not valid.
    /// </summary>
    /// <param name="bytes">The bytes that were received.</param>
    /// <param name="used">The number of bytes in the frame.</param>
    /// <param name="skip">The number of bytes that follow and belong to the frame, but are not kept.</param>
    /// <param name="maxFrame">The largest frame that is accepted. The frames that a worker sends have no limit.</param>
    public static WarmFrame? TryRead(ReadOnlySpan<byte> bytes, out int used, out long skip, int maxFrame = MaxFrame)
    {
        (used, skip) = (0, 0);
        if (bytes.Length < LengthSize)
            return null;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (length < TypeSize)
            throw new WarmProtocolException(
                "A frame has the length 0. The length counts the type, so it is at least 1."
            );
        if (bytes.Length < LengthSize + TypeSize)
            return null;
        var type = (char)bytes[LengthSize];
        if (length > maxFrame)
        {
            if (type != 'o')
                throw new WarmProtocolException(
                    $"A frame of type {TypeText(type)} is {length} bytes; the limit is {maxFrame}."
                );
            if (bytes.Length < SkipHeader)
                return null;
            used = SkipHeader;
            skip = length - TypeSize - sizeof(uint);
            return new WarmFrame.SkippedResult(
                BinaryPrimitives.ReadUInt32LittleEndian(bytes[(LengthSize + TypeSize)..]),
                skip
            );
        }
        if (bytes.Length < LengthSize + length)
            return null;
        used = LengthSize + (int)length;
        return ReadContent(type, new WarmFieldReader(bytes[(LengthSize + TypeSize)..used], TypeText(type)));
    }

    /// <summary>Returns the letter that stands for the type of a frame.</summary>
    public static char TypeOf(WarmFrame frame) =>
        frame switch
        {
            WarmFrame.Hello => 'h',
            WarmFrame.Ready => 'r',
            WarmFrame.CallJobs => 'c',
            WarmFrame.Trace => 't',
            WarmFrame.Cancel => 'x',
            WarmFrame.Stop => 's',
            WarmFrame.Join => 'j',
            WarmFrame.Heartbeat => 'b',
            WarmFrame.Progress => 'p',
            WarmFrame.Log => 'l',
            WarmFrame.Result => 'o',
            WarmFrame.Submit => 'n',
            WarmFrame.Accepted => 'a',
            WarmFrame.Refused => 'd',
            WarmFrame.Error { Type: WarmFrame.Error.NoType } => 'e',
            WarmFrame.Error => 'f',
            _ => throw new ArgumentException($"{frame.GetType().Name} is not a frame of the protocol.", nameof(frame)),
        };

    private static void WriteContent(ArrayBufferWriter<byte> to, WarmFrame frame)
    {
        switch (frame)
        {
            case WarmFrame.Hello hello:
                WriteNumber(to, hello.Version);
                WriteNumber(to, hello.MaxBatch);
                WriteText(to, hello.Method);
                break;
            case WarmFrame.Ready ready:
                WriteNumber(to, ready.Version);
                break;
            case WarmFrame.CallJobs call:
                WriteNumber(to, (uint)call.Jobs.Count);
                foreach (var job in call.Jobs)
                    WriteJob(to, job);
                break;
            case WarmFrame.Trace trace:
                WriteNumber(to, trace.Id);
                WriteText(to, trace.Traceparent);
                break;
            case WarmFrame.Cancel cancel:
                WriteNumber(to, cancel.Id);
                WriteText(to, cancel.Reason);
                break;
            case WarmFrame.Join join:
                WriteNumber(to, join.Version);
                WriteNumber(to, join.Rank);
                WriteNumber(to, join.Size);
                BinaryPrimitives.WriteUInt64LittleEndian(to.GetSpan(sizeof(ulong)), join.Epoch);
                to.Advance(sizeof(ulong));
                break;
            case WarmFrame.Progress progress:
                WriteNumber(to, progress.Id);
                BinaryPrimitives.WriteDoubleLittleEndian(to.GetSpan(sizeof(double)), progress.Fraction);
                to.Advance(sizeof(double));
                WriteText(to, progress.Text);
                break;
            case WarmFrame.Log log:
                WriteNumber(to, log.Id);
                to.Write(log.Lines.Span);
                break;
            case WarmFrame.Result result:
                WriteNumber(to, result.Id);
                WriteNumber(to, (uint)Encoding.UTF8.GetByteCount(result.ContentType));
                WriteText(to, result.ContentType);
                to.Write(result.Bytes.Span);
                break;
            case WarmFrame.Submit submit:
                WriteNumber(to, submit.Id);
                WriteNumber(to, submit.Request);
                WriteNumber(to, (uint)submit.Children.Count);
                foreach (var child in submit.Children)
                {
                    WriteNumber(to, (uint)child.Description.Length);
                    WriteNumber(to, (uint)child.Body.Length);
                    to.Write(child.Description.Span);
                    to.Write(child.Body.Span);
                }
                break;
            case WarmFrame.Accepted accepted:
                WriteNumber(to, accepted.Id);
                WriteNumber(to, accepted.Request);
                foreach (var child in accepted.Children)
                {
                    BinaryPrimitives.WriteUInt64LittleEndian(to.GetSpan(sizeof(ulong)), child);
                    to.Advance(sizeof(ulong));
                }
                break;
            case WarmFrame.Refused refused:
                WriteNumber(to, refused.Id);
                WriteNumber(to, refused.Request);
                WriteNumber(to, (uint)Encoding.UTF8.GetByteCount(refused.Kind));
                WriteText(to, refused.Kind);
                WriteText(to, refused.Message);
                break;
            case WarmFrame.Error { Type: WarmFrame.Error.NoType } error:
                WriteNumber(to, error.Id);
                WriteByte(to, (byte)error.Kind);
                WriteText(to, error.Message);
                break;
            case WarmFrame.Error failure:
                WriteNumber(to, failure.Id);
                WriteByte(to, (byte)failure.Kind);
                WriteNumber(to, (uint)Encoding.UTF8.GetByteCount(failure.Type));
                WriteText(to, failure.Type);
                WriteText(to, failure.Message);
                break;
            case WarmFrame.Stop or WarmFrame.Heartbeat:
                break;
        }
    }

    private static void WriteJob(ArrayBufferWriter<byte> to, WarmJob job)
    {
        var type = Encoding.UTF8.GetByteCount(job.ContentType);
        var header = to.GetSpan(JobHeader);
        BinaryPrimitives.WriteUInt32LittleEndian(header, job.Id);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], job.Attempt);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], job.Job);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], (uint)job.Params.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], (uint)type);
        BinaryPrimitives.WriteUInt32LittleEndian(header[24..], (uint)job.Body.Length);
        to.Advance(JobHeader);
        to.Write(job.Params.Span);
        WriteText(to, job.ContentType);
        to.Write(job.Body.Span);
    }

    private static WarmFrame ReadContent(char type, WarmFieldReader fields)
    {
        WarmFrame frame = type switch
        {
            'h' => new WarmFrame.Hello(fields.Number(), fields.Number(), fields.Rest()),
            'r' => new WarmFrame.Ready(fields.Number()),
            'c' => new WarmFrame.CallJobs(ReadJobs(ref fields)),
            't' => new WarmFrame.Trace(fields.Number(), fields.Rest()),
            'x' => new WarmFrame.Cancel(fields.Number(), fields.Rest()),
            's' => new WarmFrame.Stop(),
            'j' => new WarmFrame.Join(fields.Number(), fields.Number(), fields.Number(), fields.LongNumber()),
            'b' => new WarmFrame.Heartbeat(),
            'p' => new WarmFrame.Progress(fields.Number(), fields.Fraction(), fields.Rest()),
            'l' => new WarmFrame.Log(fields.Number(), fields.RestBytes()),
            'o' => new WarmFrame.Result(fields.Number(), fields.Text(fields.Number()), fields.RestBytes()),
            'e' => new WarmFrame.Error(fields.Number(), fields.ErrorKind(), fields.Rest()),
            'f' => ReadFailure(ref fields),
            'n' => new WarmFrame.Submit(fields.Number(), fields.Number(), ReadChildren(ref fields)),
            'a' => new WarmFrame.Accepted(fields.Number(), fields.Number(), ReadIds(ref fields)),
            'd' => new WarmFrame.Refused(
                fields.Number(),
                fields.Number(),
                fields.Text(fields.Number()),
                fields.Rest()
            ),
            _ => throw new WarmProtocolException($"A frame has the unknown type {TypeText(type)}."),
        };
        fields.RequireEnd();
        return frame;
    }

    private static WarmFrame.Error ReadFailure(ref WarmFieldReader fields)
    {
        var (id, kind, type) = (fields.Number(), fields.ErrorKind(), fields.Text(fields.Number()));
        return new WarmFrame.Error(id, kind, fields.Rest(), type);
    }

    private static List<WarmJob> ReadJobs(ref WarmFieldReader fields)
    {
        var count = fields.Number();
        var jobs = new List<WarmJob>();
        for (var i = 0; i < count; i++)
        {
            var (id, attempt, job) = (fields.Number(), fields.Number(), fields.LongNumber());
            var (parameters, type, body) = (fields.Number(), fields.Number(), fields.Number());
            jobs.Add(new WarmJob(id, job, attempt, fields.Bytes(parameters), fields.Text(type), fields.Bytes(body)));
        }
        return jobs;
    }

    private static List<WarmChild> ReadChildren(ref WarmFieldReader fields)
    {
        var count = fields.Number();
        var children = new List<WarmChild>();
        for (var i = 0; i < count; i++)
        {
            var (description, body) = (fields.Number(), fields.Number());
            children.Add(new WarmChild(fields.Bytes(description), fields.Bytes(body)));
        }
        return children;
    }

    private static List<ulong> ReadIds(ref WarmFieldReader fields)
    {
        var ids = new List<ulong>();
        while (!fields.IsAtEnd)
            ids.Add(fields.LongNumber());
        return ids;
    }

    private static void WriteByte(ArrayBufferWriter<byte> to, byte value)
    {
        to.GetSpan(1)[0] = value;
        to.Advance(1);
    }

    private static void WriteNumber(ArrayBufferWriter<byte> to, uint number)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(to.GetSpan(sizeof(uint)), number);
        to.Advance(sizeof(uint));
    }

    private static void WriteText(ArrayBufferWriter<byte> to, string text) => Encoding.UTF8.GetBytes(text, to);

    private static string TypeText(char type) =>
        type is > ' ' and <= '~' ? $"'{type}'" : string.Create(CultureInfo.InvariantCulture, $"0x{(int)type:x2}");
}
