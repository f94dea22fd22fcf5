using Headrace.Core.Jobs;

namespace Headrace.Core;

/// <summary>
/// Thrown when the stored bytes of a body or result differ from the bytes that were written. Damaged bytes are never
/// returned to a caller.
/// </summary>
internal sealed class DamagedPayloadException(JobId job, PayloadKind kind)
    : HeadraceException(
        $"The {(kind == PayloadKind.Input ? "body" : "result")} of job {job} is damaged in the store: its bytes do "
            + $"not match their SHA-256 digest."
    );
