% Writes one frame to the worker: a type and bytes.
function headrace_send (type, content)
  global headrace_answers
  content = uint8 (content(:))';
  fwrite (headrace_answers, [typecast(uint32 (1 + numel (content)), "uint8"), uint8(type), content], "uint8");
  fflush (headrace_answers);
end
