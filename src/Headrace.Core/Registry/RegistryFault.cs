namespace Headrace.Core.Registry;

/// <summary>The reason why writes to the registry were not applied.</summary>
internal abstract record RegistryFault
{
    /// <summary>
    /// A document does not have the version that the write expects. Version 0 means that the document does not exist.
    /// </summary>
    public sealed record Conflict(string Kind, string Id, long ExpectedVersion, long ActualVersion) : RegistryFault
    {
        public override Rejection ToRejection() =>
            new(
                RejectionKind.VersionConflict,
                (ActualVersion, ExpectedVersion) switch
                {
                    (0, > 0) => $"The registry no longer contains the document {Kind}/{Id}. Version {ExpectedVersion} "
                        + "was expected, but the document has been deleted.",
                    (0, _) => $"The registry does not contain the document {Kind}/{Id}. Check its id.",
                    (_, RegistryWrite.Absent) =>
                        $"The registry already contains version {ActualVersion} of the document {Kind}/{Id}. Choose "
                            + "another id, or read the document and change it.",
                    _ => $"The document {Kind}/{Id} in the registry has version {ActualVersion}, but the change is "
                        + $"based on version {ExpectedVersion}. Read the document again, then repeat the change.",
                }
            );
    }

    /// <summary>A write is invalid or exceeds a limit.</summary>
    public sealed record Invalid(Rejection Rejection) : RegistryFault
    {
        public override Rejection ToRejection() => Rejection;
    }

    public abstract Rejection ToRejection();
}
