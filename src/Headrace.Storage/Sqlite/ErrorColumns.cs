using Headrace.Core.Jobs;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// The error columns of <c>completed_job</c> and <c>attempt</c>. All of them are NULL if there was no error.
/// </summary>
internal static class ErrorColumns
{
    public static readonly string[] All = ["error_type", "error_message", "error_detail", "error_retryable"];

    public static void Bind(Statement into, JobError? error)
    {
        if (error is null)
            into.BindNull().BindNull().BindNull().BindNull();
        else
            into.BindText(error.Type).BindText(error.Message).BindText(error.Detail).Bind(error.Retryable);
    }

    public static JobError? Read(Statement from)
    {
        var (type, message, detail, retryable) = (
            from.ReadTextOrNull(),
            from.ReadTextOrNull(),
            from.ReadTextOrNull(),
            from.ReadBool()
        );
        return type is null ? null : new JobError(type, message!, detail, retryable);
    }
}
