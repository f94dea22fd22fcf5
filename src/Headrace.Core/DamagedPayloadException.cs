using Headrace.Core.Jobs;

namespace Headrace.Core;

/// <summary>The store has other bytes than were written: nobody is given them.</summary>
internal sealed class DamagedPayloadException(JobId job, PayloadKind kind)
    : HeadraceException(
        $"The {(kind == PayloadKind.Input ? "body" : "result")} of job {job} is damaged in the store: its bytes do "
            + $"not match their SHA-256 digest."
    );
